/// What a setting may be. What is not a number is in no range.
public struct SettingRange<Value>: Sendable {
    /// Completes "it must be"; empty where every value of the type will do.
    public let text: String
    /// What is wrong with a value, to stand behind the setting's name; nil where nothing is.
    let fault: @Sendable (Value) -> String?

    public init(_ text: String, holds: @escaping @Sendable (Value) -> Bool) {
        self.init(text: text) { holds($0) ? nil : " is \($0); it must be \(text)" }
    }

    private init(text: String, fault: @escaping @Sendable (Value) -> String?) {
        self.text = text
        self.fault = fault
    }

    public static var any: SettingRange { SettingRange(text: "") { _ in nil } }

    /// A setting that `null` takes the value from.
    public static func orNull<Wrapped>(_ range: SettingRange<Wrapped>) -> SettingRange where Value == Wrapped? {
        SettingRange(text: "\(range.text), or null") { $0.flatMap(range.fault) }
    }
}

extension SettingRange where Value: Comparable & CustomStringConvertible & Sendable {
    public static func within(_ range: ClosedRange<Value>) -> SettingRange {
        SettingRange("from \(digits(range.lowerBound)) to \(digits(range.upperBound))") { range ~= $0 }
    }

    public static func atLeast(_ least: Value) -> SettingRange {
        SettingRange("\(digits(least)) or more") { $0 >= least }
    }

    public static func above(_ bound: Value) -> SettingRange { SettingRange("above \(digits(bound))") { $0 > bound } }

    /// A whole number with its thousands set apart.
    private static func digits(_ bound: Value) -> String {
        let text = bound.description.hasSuffix(".0") ? String(bound.description.dropLast(2)) : bound.description
        guard text.allSatisfy({ $0.isNumber || $0 == "-" }) else { return text }
        var grouped = ""
        for (place, digit) in text.reversed().enumerated() {
            grouped = "\(digit)" + (place > 0 && place % 3 == 0 && digit != "-" ? "," : "") + grouped
        }
        return grouped
    }
}

extension SettingRange where Value == Schedule {
    /// Every value that the schedule may have.
    public static func within(_ range: ClosedRange<Double>) -> SettingRange {
        let value = SettingRange<Double>.within(range)
        let share = SettingRange<Double>.within(0...1)
        return SettingRange(text: value.text) { schedule in
            let parts: [(String, Double, SettingRange<Double>)] =
                switch schedule {
                case .constant(let constant): [("", constant, value)]
                case .linear(let from, let to, let fraction):
                    [(".from", from, value), (".to", to, value), (".fraction", fraction, share)]
                case .perEpisode(let from, let factor, let to):
                    [(".from", from, value), (".to", to, value), (".factor", factor, share)]
                }
            return parts.lazy.compactMap { name, number, range in range.fault(number).map { name + $0 } }.first
        }
    }
}
