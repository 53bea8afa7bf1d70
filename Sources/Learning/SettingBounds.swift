/// Checks of a configuration's numbers, which come from files and the command line.
///
/// Each throws a ``LearningError`` with the setting's name, its value and what it may be. What is not a number is in no range.
enum SettingBounds {
    static func check(_ name: String, _ value: Double, in range: ClosedRange<Double>) throws(LearningError) {
        guard range ~= value else {
            throw LearningError(
                .configuration,
                "\(name) is \(value); it must be from \(text(range.lowerBound)) to \(text(range.upperBound))")
        }
    }

    /// Every value that the schedule may have.
    static func check(_ name: String, _ schedule: Schedule, in range: ClosedRange<Double>) throws(LearningError) {
        switch schedule {
        case .constant(let value): try check(name, value, in: range)
        case .linear(let from, let to, let fraction):
            try check("\(name).from", from, in: range)
            try check("\(name).to", to, in: range)
            try check("\(name).fraction", fraction, in: 0...1)
        case .perEpisode(let from, let factor, let to):
            try check("\(name).from", from, in: range)
            try check("\(name).to", to, in: range)
            try check("\(name).factor", factor, in: 0...1)
        }
    }

    /// Of a vector that steps together.
    static func check(environments: Int) throws(LearningError) {
        guard 1...8_192 ~= environments else {
            throw LearningError(.configuration, "environments is \(environments); it must be from 1 to 8,192")
        }
    }

    private static func text(_ bound: Double) -> String { Int(exactly: bound).map(String.init) ?? "\(bound)" }
}
