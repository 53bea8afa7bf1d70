import ArgumentParser
import Foundation
import Gymnasium

/// Options of the form NAME=VALUE.
enum ArgumentOption {
    /// - Throws: a text without an equals sign, or with nothing before it.
    static func pair(_ text: String, of option: String) throws -> (name: String, value: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("\(option) takes NAME=VALUE, got \"\(text)\"")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// An environment's argument: JSON where the value is some, text where it is none.
    ///
    /// `history=4` is an integer, `reward={"miss": 1, "cost": 0.02}` a dict, `observation=["ready", "queue_length"]` a tuple,
    /// `action=target` a text.
    static func entry(_ text: String) throws -> Value.Entry {
        let (name, value) = try pair(text, of: "--argument")
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(value.utf8))
        if json == nil, value.hasPrefix("{") || value.hasPrefix("[") {
            throw ValidationError("--argument \(name) looks like JSON and is none: \(value)")
        }
        return Value.Entry(name, json?.value ?? .text(value))
    }

    private struct JSONValue: Decodable {
        let value: Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self.value = .boolean(value)
            } else if let value = try? container.decode(Int64.self) {
                self.value = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                self.value = .number(value)
            } else if let value = try? container.decode(String.self) {
                self.value = .text(value)
            } else if let items = try? container.decode([JSONValue].self) {
                value = .tuple(items.map(\.value))
            } else {
                value = .dictionary(try container.decode([String: JSONValue].self).mapValues(\.value))
            }
        }
    }
}
