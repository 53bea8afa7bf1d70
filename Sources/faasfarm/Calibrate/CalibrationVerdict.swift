import Foundation

/// Whether the fitted simulator does as the recorded farm did, in a sentence.
struct CalibrationVerdict {
    /// One quantity over all episodes of a table.
    private struct Kind {
        let name: String
        let table: String
        let episodes: Int
        let outside: [Int64]
        let meanDifference: Double

        /// One episode in twenty is outside by chance; more than chance would put there in one of a hundred cases is too many.
        var agrees: Bool {
            let count = Double(episodes)
            return Double(outside.count) <= (0.05 * count + 2.33 * (0.0475 * count).squareRoot()).rounded(.down)
        }
    }

    private let kinds: [Kind]

    /// - Parameter tables: what the simulated episodes had for tasks, and how far they are from each recorded one.
    init(_ tables: [(name: String, gaps: [CalibrationGap])]) {
        var kinds: [Kind] = []
        for table in tables {
            let figures = table.gaps.flatMap { gap in gap.figures.map { (gap.episode, $0) } }
            var seen = Set<String>()
            for name in figures.map(\.1.name) where seen.insert(name).inserted {
                let same = figures.filter { $0.1.name == name }
                kinds.append(
                    Kind(
                        name: name, table: table.name, episodes: same.count,
                        outside: same.filter { !$0.1.agrees }.map(\.0),
                        meanDifference: same.reduce(0) { $0 + $1.1.difference } / Double(same.count)))
            }
        }
        self.kinds = kinds
    }

    /// nil: nothing was compared.
    var agrees: Bool? { kinds.isEmpty ? nil : kinds.allSatisfy(\.agrees) }

    var text: String {
        guard let agrees else { return "verdict: none, since no recorded episode was complete" }
        if agrees {
            return
                "verdict: the fitted simulator does as the recorded farm did. QoS, workers and response times of the "
                + "episodes lie where 95 % of simulated ones do, or nearer than matters"
        }
        let off = kinds.filter { !$0.agrees }.map { kind in
            "\(kind.name) with \(kind.table): \(kind.outside.count) of \(kind.episodes) episodes outside, "
                + "\(String(format: "%+.3g", kind.meanDifference)) on average"
        }
        return "verdict: the fitted simulator does NOT do as the recorded farm did. Off are "
            + off.joined(separator: "; ")
    }
}
