import Gymnasium

/// JSON written in a fixed order, so that equal content is equal text.
///
/// Numbers have the shortest digits that give the same value back, of a float32 as float32. What JSON has no number for is
/// text, as in protobuf's JSON: "NaN", "Infinity", "-Infinity".
indirect enum JSONText {
    case null
    case raw(String)
    case string(String)
    case list([JSONText])
    /// In the order given.
    case object([(String, JSONText)])

    static func number(_ value: Double) -> JSONText {
        if value.isFinite { return .raw(String(value)) }
        return .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    static func number(_ value: Double?) -> JSONText { value.map { number($0) } ?? .null }

    static func integer(_ value: some FixedWidthInteger) -> JSONText { .raw(String(value)) }

    static func boolean(_ value: Bool) -> JSONText { .raw(value ? "true" : "false") }

    static func string(_ value: String?) -> JSONText { value.map { JSONText.string($0) } ?? .null }

    static func entries(_ entries: [Value.Entry]) -> JSONText { .object(entries.map { ($0.key, value($0.value)) }) }

    /// Arrays are nested lists, as NumPy's `tolist()` gives them.
    static func value(_ value: Value) -> JSONText {
        switch value {
        case .array(let array): nested(array)
        case .dict(let items): entries(items)
        case .tuple(let items): .list(items.map(JSONText.value))
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        case .integer(let integer): .integer(integer)
        case .boolean(let boolean): .boolean(boolean)
        }
    }

    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .raw(let raw): text += raw
        case .string(let string): JSONText.quote(string, into: &text)
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                item.write(to: &text)
            }
            text += "]"
        case .object(let entries):
            text += "{"
            for (index, entry) in entries.enumerated() {
                if index > 0 { text += "," }
                JSONText.quote(entry.0, into: &text)
                text += ":"
                entry.1.write(to: &text)
            }
            text += "}"
        }
    }

    private static func nested(_ array: NDArray) -> JSONText {
        let texts = array.elementTexts
        var items = texts.map { text -> JSONText in
            switch text {
            case "nan", "-nan": .string("NaN")
            case "inf": .string("Infinity")
            case "-inf": .string("-Infinity")
            default: .raw(text)
            }
        }
        guard let length = array.shape.first else { return items.first ?? .null }
        for size in array.shape.dropFirst().reversed() {
            guard size > 0 else { return .list(Array(repeating: .list([]), count: length)) }
            items = stride(from: 0, to: items.count, by: size).map { .list(Array(items[$0..<$0 + size])) }
        }
        return .list(items)
    }

    private static func quote(_ string: String, into text: inout String) {
        // Nearly all need nothing.
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            text += "\""
            text += string
            text += "\""
            return
        }
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
