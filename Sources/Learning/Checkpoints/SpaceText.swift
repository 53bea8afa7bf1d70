import Foundation
import Gymnasium

/// Spaces and arguments as JSON texts, for a checkpoint's metadata.
enum SpaceText {
    private struct Form: Codable {
        var kind: String
        var dtype: String?
        var shape: [Int]?
        var low: [Double]?
        var high: [Double]?
        var n: [Int64]?
        var start: [Int64]?
    }

    /// - Returns: nil for text, dict and tuple spaces.
    static func text(_ space: Space) -> String? {
        var form = Form(kind: "")
        switch space {
        case .box(let box):
            form = Form(kind: "box", dtype: box.dtype.rawValue, shape: box.shape, low: box.low, high: box.high)
        case .discrete(let discrete): form = Form(kind: "discrete", n: [discrete.n], start: [discrete.start])
        case .multiDiscrete(let space):
            form = Form(kind: "multi_discrete", shape: space.shape, n: space.nvec, start: space.start)
        case .multiBinary(let shape): form = Form(kind: "multi_binary", shape: shape)
        case .text, .dict, .tuple: return nil
        }
        return JSONText.encode(form)
    }

    /// - Returns: nil for anything that ``text(_:)`` does not write.
    static func space(_ text: String) -> Space? {
        guard let form = JSONText.decode(Form.self, text) else { return nil }
        let count = NDArray.elementCount(of: form.shape ?? [])
        switch form.kind {
        case "box":
            guard let dtype = form.dtype.flatMap(DType.init(rawValue:)), let shape = form.shape, let count,
                let low = form.low, let high = form.high, low.count == 1 || low.count == count,
                high.count == low.count
            else { return nil }
            return .box(Space.Box(dtype: dtype, shape: shape, low: low, high: high))
        case "discrete":
            guard let n = form.n?.first, let start = form.start?.first else { return nil }
            return .discrete(Space.Discrete(n: n, start: start))
        case "multi_discrete":
            guard let shape = form.shape, let n = form.n, let start = form.start, n.count == count,
                start.count == count
            else { return nil }
            return .multiDiscrete(Space.MultiDiscrete(shape: shape, nvec: n, start: start))
        case "multi_binary": return form.shape.map { .multiBinary(shape: $0) }
        default: return nil
        }
    }
}

/// The arguments an environment was made with, as JSON text.
enum ArgumentText {
    private indirect enum Tree: Codable {
        case text(String)
        case number(Double)
        case integer(Int64)
        case boolean(Bool)
        case array(dtype: String, shape: [Int], bytes: Data)
        case dict([Pair])
        case tuple([Tree])

        init(_ value: Value) {
            switch value {
            case .text(let text): self = .text(text)
            case .number(let number): self = .number(number)
            case .integer(let integer): self = .integer(integer)
            case .boolean(let boolean): self = .boolean(boolean)
            case .array(let array):
                self = .array(dtype: array.dtype.rawValue, shape: array.shape, bytes: Data(array.bytes))
            case .dict(let entries): self = .dict(entries.map { Pair(key: $0.key, value: Tree($0.value)) })
            case .tuple(let items): self = .tuple(items.map(Tree.init))
            }
        }

        var value: Value? {
            switch self {
            case .text(let text): return .text(text)
            case .number(let number): return .number(number)
            case .integer(let integer): return .integer(integer)
            case .boolean(let boolean): return .boolean(boolean)
            case .array(let dtype, let shape, let bytes):
                return DType(rawValue: dtype)
                    .flatMap { NDArray(dtype: $0, shape: shape, bytes: Array(bytes)) }.map { .array($0) }
            case .dict(let pairs):
                let entries = pairs.compactMap { pair in pair.value.value.map { Value.Entry(pair.key, $0) } }
                return entries.count == pairs.count ? .dict(entries) : nil
            case .tuple(let items):
                let values = items.compactMap(\.value)
                return values.count == items.count ? .tuple(values) : nil
            }
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
        guard let pairs = JSONText.decode([Pair].self, text) else { return nil }
        let entries = pairs.compactMap { pair in pair.value.value.map { Value.Entry(pair.key, $0) } }
        return entries.count == pairs.count ? entries : nil
    }
}

/// JSON with sorted keys, and infinities as texts.
enum JSONText {
    static func encode(_ value: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }
    }

    static func decode<Content: Decodable>(_: Content.Type, _ text: String) -> Content? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(Content.self, from: Data(text.utf8))
    }
}
