/// JSON in a fixed order with one short object a line, so that equal content is equal text and a person can read it.
indirect enum JSONText {
    case null
    case integer(UInt64)
    /// Has to be finite; written with the shortest digits that give the same value back.
    case number(Double)
    case string(String)
    case list([JSONText])
    /// In the order given.
    case object([(String, JSONText)])

    /// The text, indented by two spaces a level; objects and lists of plain values stand on one line.
    var text: String { text(indentation: "") }

    private var isPlain: Bool {
        switch self {
        case .null, .integer, .number, .string: true
        case .list(let items): items.isEmpty
        case .object(let entries): entries.isEmpty
        }
    }

    private func text(indentation: String) -> String {
        switch self {
        case .null: return "null"
        case .integer(let value): return String(value)
        case .number(let value): return value.isFinite ? String(value) : "null"
        case .string(let string): return JSONText.quoted(string)
        case .list(let items):
            let texts = items.map { $0.text(indentation: indentation + "  ") }
            return JSONText.joined(texts, "[", "]", onOneLine: items.allSatisfy(\.isPlain), indentation)
        case .object(let entries):
            let texts = entries.map { JSONText.quoted($0.0) + ": " + $0.1.text(indentation: indentation + "  ") }
            return JSONText.joined(texts, "{", "}", onOneLine: entries.allSatisfy { $0.1.isPlain }, indentation)
        }
    }

    private static func joined(
        _ items: [String], _ opening: String, _ closing: String, onOneLine: Bool, _ indentation: String
    ) -> String {
        if onOneLine { return opening + items.joined(separator: ", ") + closing }
        let inner = "\n" + indentation + "  "
        return opening + inner + items.joined(separator: "," + inner) + "\n" + indentation + closing
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
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
        return text + "\""
    }
}
