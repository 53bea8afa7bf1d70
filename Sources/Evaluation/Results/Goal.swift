/// What a farm has to keep, at the least cost: a bound on a metric, as in `qos>=0.99`.
///
/// A policy keeps it when the metric's mean over its episodes does. The cost is paid worker-seconds.
public struct Goal: Sendable, Hashable {
    /// One of ``metrics``.
    public let metric: Metric
    /// The least value of a metric of which more is wanted, the most of the others; in the metric's unit, QoS as a fraction.
    public let bound: Double

    /// What a goal can be about.
    public static let metrics: [Metric] = [
        .qos, .paperQoS, .responseTime, .responseTimeP50, .responseTimeP95, .responseTimeP99, .queue,
    ]

    /// - Parameter text: a metric's name, `>=` for shares and `<=` for times and queues, and a number; shares also in per cent:
    ///   `qos>=0.99`, `qos>=99%`, `response_time_p95<=2`. Spaces are left out.
    /// - Throws: ``EvaluationError/badGoal(text:reason:)``.
    public init(_ text: String) throws(EvaluationError) {
        func refusal(_ reason: String) -> EvaluationError { .badGoal(text: text, reason: reason) }
        let dense = text.filter { $0 != " " && $0 != "\t" }
        let name = String(dense.prefix { $0 != ">" && $0 != "<" && $0 != "=" })
        let known = Goal.metrics.map(\.name).joined(separator: ", ")
        guard let metric = Goal.metrics.first(where: { $0.name == name }) else {
            throw refusal("got \"\(name.prefix(40))\" where one of \(known) is expected")
        }
        let isShare = metric.preference == .more
        let relation = isShare ? ">=" : "<="
        let rest = dense.dropFirst(name.count)
        guard rest.hasPrefix(relation) else {
            throw refusal("\(name) takes \(relation), \(isShare ? "a share to reach" : "a bound to stay under")")
        }
        var digits = rest.dropFirst(2)
        let isPercent = digits.last == "%"
        if isPercent { digits.removeLast() }
        guard digits.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let number = Double(digits),
            number.isFinite
        else { throw refusal("got \"\(digits.prefix(40))\" where a number is expected") }
        guard isShare || !isPercent else { throw refusal("only shares go in per cent; write \(name)\(relation)2") }
        let bound = isPercent ? number / 100 : number
        guard isShare ? (0...1).contains(bound) : (0...1e9).contains(bound) else {
            throw refusal(
                isShare
                    ? "a share is from 0 to 1, or from 0% to 100%; write \(name)>=0.99"
                    : "the bound must be from 0 to 1000000000")
        }
        self.metric = metric
        self.bound = bound
    }

    /// The text that reads as this goal.
    public var text: String {
        let number = bound == bound.rounded() && bound < 1e15 ? String(Int(bound)) : String(bound)
        return metric.name + (metric.preference == .more ? ">=" : "<=") + number
    }

    /// By how much a value falls short; 0 where it keeps the goal.
    public func shortfall(_ value: Double) -> Double {
        let missing = metric.preference == .more ? bound - value : value - bound
        // A mean of equal values can come out a last digit beside them.
        return missing <= 1e-12 * max(1, abs(bound)) ? 0 : missing
    }

    /// Whether a policy of such a mean keeps the goal.
    public func standing(_ interval: Interval) -> Standing {
        let (bad, good) = metric.preference == .more ? (interval.low, interval.high) : (interval.high, interval.low)
        if shortfall(bad) == 0 { return .kept }
        return shortfall(good) > 0 ? .missed : .unsure
    }

    /// How a policy stands to a goal.
    public enum Standing: String, Sendable, Hashable, CaseIterable {
        /// All of the mean's 95 % interval keeps it.
        case kept
        /// The interval has both.
        case unsure
        /// None of the interval keeps it.
        case missed
    }
}

extension Goal: CustomStringConvertible {
    public var description: String { text }
}

/// As its text.
extension Goal: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
