import Gymnasium

/// Two numbers that bound what a first state is drawn from. They are the options of a reset, as in Gymnasium.
public struct StartBounds: Sendable, Hashable {
    /// What the numbers are.
    public enum Kind: Sendable, Hashable {
        /// Every part of the state is from `low` to `high`.
        case interval
        /// One part is from -`x_init` to `x_init`, the other from -`y_init` to `y_init`.
        case extents

        /// Of the options.
        var names: (first: String, second: String) {
            switch self {
            case .interval: ("low", "high")
            case .extents: ("x_init", "y_init")
            }
        }
    }

    public let kind: Kind
    /// `low`, or `x_init`.
    public private(set) var first: Double
    /// `high`, or `y_init`.
    public private(set) var second: Double

    static func interval(_ low: Double, _ high: Double) -> StartBounds {
        StartBounds(kind: .interval, first: low, second: high)
    }

    static func extents(_ x: Double, _ y: Double) -> StartBounds {
        StartBounds(kind: .extents, first: x, second: y)
    }

    /// These bounds, but for what the options say. Wider ones than the usual may give states outside the observation space.
    ///
    /// - Throws: ``EnvironmentError`` `badArgument` for another option, for what is no finite number, and for bounds between
    ///   which there is nothing.
    func replaced(by options: [Value.Entry]) throws(EnvironmentError) -> StartBounds {
        var bounds = self
        let names = kind.names
        for option in options {
            guard option.key == names.first || option.key == names.second else {
                throw EnvironmentError(
                    .badArgument(name: option.key),
                    "a reset has the options \(names.first) and \(names.second), got \"\(option.key)\"; leave it out")
            }
            guard let number = option.value.double, number.isFinite else {
                let got = option.value.double.map { "\($0)" } ?? option.value.kindName
                throw EnvironmentError(
                    .badArgument(name: option.key), "\(option.key) is a finite number, got \(got)")
            }
            if option.key == names.first { bounds.first = number } else { bounds.second = number }
        }
        try bounds.check()
        return bounds
    }

    private func check() throws(EnvironmentError) {
        let names = kind.names
        switch kind {
        case .interval:
            guard first <= second, (second - first).isFinite else {
                throw EnvironmentError(
                    .badArgument(name: names.first),
                    "\(names.first) is at most \(names.second), got \(first) and \(second)")
            }
        case .extents:
            for (name, number) in [(names.first, first), (names.second, second)] {
                guard number >= 0, (2 * number).isFinite else {
                    throw EnvironmentError(.badArgument(name: name), "\(name) is 0 or more, got \(number)")
                }
            }
        }
    }
}
