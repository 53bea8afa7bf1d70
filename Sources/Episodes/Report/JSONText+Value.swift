import Gymnasium
import Pages

/// Values of observations, actions and infos. Numbers of a float32 array have the shortest digits that give the float32 back.
extension JSONText {
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
}
