import Foundation
import Gymnasium

/// The arguments an environment was made with, as JSON text: pairs of a key and an object that names the value's kind, in
/// the protocol's words.
enum ArgumentText {
    private struct Tree: Codable {
        var text: String?
        var number: Double?
        var integer: Int64?
        var boolean: Bool?
        var array: Array?
        var dict: [Pair]?
        var tuple: [Tree]?

        struct Array: Codable {
            let dtype: String
            let shape: [Int]
            /// Base64.
            let bytes: Data
        }

        init(_ value: Value) {
            switch value {
            case .text(let value): text = value
            case .number(let value): number = value
            case .integer(let value): integer = value
            case .boolean(let value): boolean = value
            case .array(let value):
                array = Array(dtype: value.dtype.rawValue, shape: value.shape, bytes: Data(value.bytes))
            case .dict(let entries): dict = entries.map { Pair(key: $0.key, value: Tree($0.value)) }
            case .tuple(let items): tuple = items.map(Tree.init)
            }
        }

        var value: Value? {
            if let text { return .text(text) }
            if let number { return .number(number) }
            if let integer { return .integer(integer) }
            if let boolean { return .boolean(boolean) }
            if let dict { return ArgumentText.entries(dict).map { .dict($0) } }
            if let tuple {
                let values = tuple.compactMap(\.value)
                return values.count == tuple.count ? .tuple(values) : nil
            }
            guard let array, let dtype = DType(rawValue: array.dtype) else { return nil }
            return NDArray(dtype: dtype, shape: array.shape, bytes: [UInt8](array.bytes)).map { .array($0) }
        }
    }

    private struct Pair: Codable {
        let key: String
        let value: Tree
    }

    static func text(_ entries: [Value.Entry]) -> String {
        JSONText.encode(entries.map { Pair(key: $0.key, value: Tree($0.value)) }) ?? "[]"
    }

    /// - Returns: nil for anything that ``text(_:)`` does not write.
    static func entries(_ text: String) -> [Value.Entry]? {
        JSONText.decode([Pair].self, text).flatMap(entries)
    }

    private static func entries(_ pairs: [Pair]) -> [Value.Entry]? {
        let entries = pairs.compactMap { pair in pair.value.value.map { Value.Entry(pair.key, $0) } }
        return entries.count == pairs.count ? entries : nil
    }
}
