import Episodes

/// Why there is no review. Says what was got, and what there is instead.
public struct ReviewError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension SteeringHistory {
    /// That a function has not what is wanted, and what it has.
    func refusal(_ function: String, lacks what: String, from: Double, to: Double) throws(EpisodeStoreError)
        -> ReviewError
    {
        let functions = try functions()
        guard let known = functions.first(where: { $0.function == function }) else {
            let names = functions.map(\.function).joined(separator: ", ")
            return ReviewError(
                "\(path) has nothing of the function \"\(function.prefix(100))\"; "
                    + (names.isEmpty ? "nor of any other: `faasfarm steer` writes it" : "it has \(names)"))
        }
        func span(_ count: Int, _ name: String, _ times: ClosedRange<Double>?) -> String {
            guard let times else { return "no \(name)" }
            return
                "\(count) \(name) from \(DecisionText.clock(times.lowerBound)) to \(DecisionText.clock(times.upperBound))"
        }
        let (begin, end) = (
            from.isFinite ? DecisionText.clock(from) : "the beginning", to.isFinite ? DecisionText.clock(to) : "the end"
        )
        return ReviewError(
            "\(path) has no \(what) of \(function) between \(begin) and \(end) (UTC); it has "
                + span(known.decisions, "decisions", known.decidedAt) + ", and "
                + span(known.served, "calls", known.arrivedAt))
    }
}
