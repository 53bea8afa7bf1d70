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

    var sentence: String {
        guard let agrees else { return "none, since no recorded episode was complete" }
        let rule = "where 95 % of simulated episodes lie, or nearer than matters"
        if agrees {
            return
                "the fitted simulator does as the recorded farm did: QoS, workers and response times of the episodes are \(rule)."
        }
        let off = kinds.filter { !$0.agrees }.map { kind in
            "\(kind.name) with \(kind.table) (\(kind.outside.count) of \(kind.episodes) episodes, simulated "
                + "\(String(format: "%+.3g", kind.meanDifference)) on average)"
        }
        return "the fitted simulator is off in " + off.joined(separator: "; ")
            + ". In all else the recorded figures are \(rule)."
    }
}
