public import Farm

/// A number or word that a policy can be given.
public struct PolicyParameter: Sendable, Hashable {
    /// What a value may be.
    public enum Kind: Sendable, Hashable {
        case whole(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case choice([String])
    }

    /// Values that a tuner tries.
    public enum Candidates: Sendable, Hashable {
        /// None: the default stays.
        case none
        case values([Double])
        /// At most so many numbers of workers, evenly over the first stage's bounds.
        case workers(atMost: Int)
        /// Tasks a second of one worker, times these factors: multiples of 1 over the first stage's mean service time.
        case serviceRates([Double])
    }

    /// As in `key=value`.
    public let key: String
    public let kind: Kind
    /// Nil for a parameter that must be given.
    public let defaultValue: String?
    /// One line, with the unit.
    public let meaning: String
    public let candidates: Candidates

    init(
        _ key: String, _ kind: Kind, default defaultValue: String?, _ meaning: String, candidates: Candidates = .none
    ) {
        self.key = key
        self.kind = kind
        self.defaultValue = defaultValue
        self.meaning = meaning
        self.candidates = candidates
    }

    /// The allowed values in words: "1 to 10000", "rps or alert".
    public var range: String {
        switch kind {
        case .whole(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            PolicyParameter.text(range.lowerBound) + " to " + PolicyParameter.text(range.upperBound)
        case .choice(let words): words.joined(separator: " or ")
        }
    }

    /// The values that a tuner tries in that scenario, in ascending order and canonical, all of them allowed ones.
    public func candidateValues(in scenario: Scenario) -> [String] {
        let stage = scenario.stages.first
        let values: [Double] =
            switch candidates {
            case .none: []
            case .values(let values): values
            case .workers(let most): stage.workers.spread(atMost: most).map(Double.init)
            // Four digits are enough to tell rates apart, and readable in a table.
            case .serviceRates(let factors):
                factors.map { PolicyParameter.rounded($0 / max(stage.service.mean, 1e-6), digits: 4) }
            }
        return values.sorted().map(PolicyParameter.text).filter { (try? canonical($0)) != nil }
    }

    /// The value as it is written in a policy's name.
    func canonical(_ text: some StringProtocol) throws(InvalidValue) -> String {
        switch kind {
        case .choice(let words):
            guard words.contains(String(text)) else {
                let near = NearMatches.of(String(text), among: words).first
                throw invalid(text, as: near.map { "\(range); did you mean \"\($0)\"?" } ?? range)
            }
            return String(text)
        case .whole(let bounds):
            guard let value = PolicyParameter.number(text), value == value.rounded(), abs(value) < 1e15,
                bounds.contains(Int(value))
            else { throw invalid(text, as: "a whole number from \(range)") }
            return String(Int(value))
        case .number(let bounds):
            guard let value = PolicyParameter.number(text), bounds.contains(value) else {
                throw invalid(text, as: "a number from \(range)")
            }
            return PolicyParameter.text(value)
        }
    }

    /// A value that the parameter cannot have.
    struct InvalidValue: Error {
        let reason: String
    }

    private func invalid(_ text: some StringProtocol, as expected: String) -> InvalidValue {
        InvalidValue(reason: "\(key) is \"\(PolicyError.shortened(text))\"; it must be \(expected)")
    }

    /// A finite decimal number; other notations that Swift reads (hexadecimal, "nan", "inf") are none.
    static func number(_ text: some StringProtocol) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }

    /// The shortest text that reads back as the same number: "12", "0.7".
    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    private static func rounded(_ value: Double, digits: Int) -> Double {
        var scale = 1.0
        while value * scale < 1 && scale < 1e9 { scale *= 10 }
        for _ in 1..<digits { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}

extension WorkerBounds {
    /// At most `count` (2 or more) numbers of workers, both bounds among them, evenly spaced, ascending.
    func spread(atMost count: Int) -> [Int] {
        guard max > min else { return [min] }
        let points = Swift.min(count, max - min + 1)
        return (0..<points).map { min + Int((Double(max - min) * Double($0) / Double(points - 1)).rounded()) }
    }
}
