import ArgumentParser
import Foundation

/// What several commands' options have in common.
enum OptionValue {
    /// - Throws: `ValidationError` for a value outside the range; nil is inside every one.
    static func check<Value: Comparable>(
        _ option: String, _ value: Value?, in range: ClosedRange<Value>, _ unit: String = ""
    ) throws {
        guard let value, !range.contains(value) else { return }
        let most = range.upperBound as? Double
        let upper = most.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" } ?? "\(range.upperBound)"
        let least = (range.lowerBound as? Double).map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
        throw ValidationError(
            "\(option) must be \(least ?? "\(range.lowerBound)") to \(upper)\(unit.isEmpty ? "" : " \(unit)"), got \(value)"
        )
    }

    /// - Throws: `ValidationError` for seconds that are not above 0, or more than `most`.
    static func check(seconds value: Double, _ option: String, most: Int) throws {
        guard value > 0, value <= Double(most) else {
            throw ValidationError("\(option) must be more than 0 and at most \(most) seconds, got \(value)")
        }
    }

    /// The parts of a list that commas separate.
    static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

/// How people and programs are answered.
enum AnswerFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    /// Prints an object with sorted keys.
    static func printJSON(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = []) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
