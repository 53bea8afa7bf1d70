/// JSON written in a fixed order, so that equal content is equal text.
///
/// Numbers have the shortest digits that give the same value back. What JSON has no number for is text, as in protobuf's JSON:
/// "NaN", "Infinity", "-Infinity".
///
///     let text = JSONText.object([("mean", .number(0.1)), ("seeds", .list([.integer(1), .integer(2)]))])
///     print(text.line)  // {"mean":0.1,"seeds":[1,2]}
public indirect enum JSONText: Sendable {
    case null
    /// As it is to stand there.
    case raw(String)
    case string(String)
    case list([JSONText])
    /// In the order given.
    case object([(String, JSONText)])

    public static func number(_ value: Double) -> JSONText {
        if value.isFinite { return .raw(String(value)) }
        return .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    public static func number(_ value: Double?) -> JSONText { value.map { number($0) } ?? .null }

    public static func integer(_ value: some FixedWidthInteger) -> JSONText { .raw(String(value)) }

    public static func boolean(_ value: Bool) -> JSONText { .raw(value ? "true" : "false") }

    public static func string(_ value: String?) -> JSONText { value.map { JSONText.string($0) } ?? .null }

    /// All of it on one line, without a space.
    public var line: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// For people: indented by two spaces a level; objects and lists of plain values stand on one line.
    public var text: String {
        var text = ""
        write(to: &text, indentation: "")
        return text
    }

    private var isPlain: Bool {
        switch self {
        case .null, .raw, .string: true
        case .list(let items): items.isEmpty
        case .object(let entries): entries.isEmpty
        }
    }

    /// - Parameter indentation: nil: everything on one line.
    private func write(to text: inout String, indentation: String?) {
        switch self {
        case .null: text += "null"
        case .raw(let raw): text += raw
        case .string(let string): JSONText.quote(string, into: &text)
        case .list(let items):
            JSONText.write(items, "[", "]", isOnOneLine: items.allSatisfy(\.isPlain), &text, indentation) {
                $0.write(to: &$1, indentation: $2)
            }
        case .object(let entries):
            JSONText.write(entries, "{", "}", isOnOneLine: entries.allSatisfy { $0.1.isPlain }, &text, indentation) {
                JSONText.quote($0.0, into: &$1)
                $1 += indentation == nil ? ":" : ": "
                $0.1.write(to: &$1, indentation: $2)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], _ opening: String, _ closing: String, isOnOneLine: Bool, _ text: inout String,
        _ indentation: String?, _ item: (Item, inout String, String?) -> Void
    ) {
        let inner = indentation.map { $0 + "  " }
        let isBroken = inner != nil && !isOnOneLine
        text += opening
        for (index, each) in items.enumerated() {
            if index > 0 { text += inner == nil || isBroken ? "," : ", " }
            if isBroken { text += "\n" + (inner ?? "") }
            item(each, &text, inner)
        }
        if isBroken { text += "\n" + (indentation ?? "") }
        text += closing
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
