import Gymnasium

extension EnvironmentRegistry.Arguments {
    func boolean(_ name: String, default defaultValue: Bool) throws(EnvironmentError) -> Bool {
        switch self[name] {
        case nil: return defaultValue
        case .boolean(let value): return value
        case .some(let value):
            throw EnvironmentError(.badArgument(name: name), "\(name) is true or false, got \(value.kindName)")
        }
    }

    /// A finite number.
    func number(_ name: String, default defaultValue: Double) throws(EnvironmentError) -> Double {
        guard let value = self[name] else { return defaultValue }
        guard let number = value.double else {
            throw EnvironmentError(.badArgument(name: name), "\(name) is a number, got \(value.kindName)")
        }
        guard number.isFinite else {
            throw EnvironmentError(.badArgument(name: name), "\(name) is a finite number, got \(number)")
        }
        return number
    }

    /// The time limit to keep: `own`, or what was asked for where that is shorter.
    func maxEpisodeSteps(own: Int) -> Int { max(1, min(own, maxEpisodeSteps ?? own)) }
}
