import Foundation
public import Gymnasium
import SwiftProtobuf

extension WireDType {
    public init(_ dtype: DType) {
        self =
            switch dtype {
            case .float16: .float16
            case .float32: .float32
            case .float64: .float64
            case .int8: .int8
            case .int16: .int16
            case .int32: .int32
            case .int64: .int64
            case .uint8: .uint8
            case .uint16: .uint16
            case .uint32: .uint32
            case .uint64: .uint64
            case .bool: .bool
            }
    }

    /// By their numbers in the schema.
    private static let known: [DType?] = {
        var known: [DType?] = Array(repeating: nil, count: 1 + DType.allCases.count)
        for dtype in DType.allCases { known[WireDType(dtype).rawValue] = dtype }
        return known
    }()

    /// nil for an unspecified or unknown element type.
    public var dtype: DType? { WireDType.known.indices.contains(rawValue) ? WireDType.known[rawValue] : nil }
}

extension WireArray {
    /// With its elements as bytes.
    public init(_ array: NDArray) {
        self.init()
        dtype = WireDType(array.dtype)
        shape = array.shape.map(UInt32.init)
        data = Data(array.bytes)
    }

    /// - Parameter space: what the array is expected to be an element of; gives dtype and shape to bare values.
    public func array(expecting space: Space? = nil) throws(SpaceMismatch) -> NDArray {
        guard !hasFrame else {
            throw SpaceMismatch(.type, "array frames are not offered by this server; send data or values")
        }
        let expected = space?.arrayForm
        guard let dtype = dtype.dtype ?? expected?.dtype ?? (data.isEmpty ? .float64 : nil) else {
            throw SpaceMismatch(.type, "an array with data needs a dtype")
        }
        if !data.isEmpty {
            guard let array = NDArray(dtype: dtype, shape: shape.map(Int.init), bytes: [UInt8](data)) else {
                throw SpaceMismatch(
                    .shape, "an array of \(dtype.rawValue) and shape \(shape) does not have \(data.count) bytes of data"
                )
            }
            return array
        }
        if !dtype.isFloatingPoint, let fraction = values.first(where: { $0 != $0.rounded(.towardZero) }) {
            throw SpaceMismatch(.type, "an array of \(dtype.rawValue) cannot hold \(fraction); send whole numbers")
        }
        if let number = values.first(where: { !dtype.holds($0) }) {
            throw SpaceMismatch(.range, "\(number) is out of the range of \(dtype.rawValue)")
        }
        var shape = self.shape.map(Int.init)
        if shape.isEmpty, let form = expected?.shape, NDArray.elementCount(of: form) == values.count {
            shape = form
        } else if shape.isEmpty, values.count != 1 {
            shape = [values.count]
        }
        guard let array = NDArray(dtype: dtype, shape: shape, values: values) else {
            throw SpaceMismatch(
                .shape, "an array of \(dtype.rawValue) and shape \(shape) cannot hold the \(values.count) values given")
        }
        return array
    }
}

extension DType {
    /// Whether an array of this type holds a whole number, or any number if it is one of floating-point numbers.
    fileprivate func holds(_ number: Double) -> Bool {
        switch self {
        case .float16, .float32, .float64: true
        case .bool: number == 0 || number == 1
        case .int8: Int8(exactly: number) != nil
        case .int16: Int16(exactly: number) != nil
        case .int32: Int32(exactly: number) != nil
        case .int64: Int64(exactly: number) != nil
        case .uint8: UInt8(exactly: number) != nil
        case .uint16: UInt16(exactly: number) != nil
        case .uint32: UInt32(exactly: number) != nil
        case .uint64: UInt64(exactly: number) != nil
        }
    }
}

extension WireValue {
    /// With arrays as bytes.
    public init(_ value: Value) {
        self.init()
        kind =
            switch value {
            case .array(let array): .array(WireArray(array))
            case .dict(let entries): .dict(.with { $0.entries = WireEntry.list(entries) })
            case .tuple(let items): .tuple(.with { $0.items = items.map { WireValue($0) } })
            case .text(let text): .text(text)
            case .number(let number): .number(number)
            case .integer(let integer): .integer(integer)
            case .boolean(let boolean): .boolean(boolean)
            }
    }

    /// - Parameter space: what the value is expected to be an element of; gives dtype and shape to bare values.
    public func value(expecting space: Space? = nil) throws(SpaceMismatch) -> Value {
        switch kind {
        case .array(let array): return .array(try array.array(expecting: space))
        case .dict(let dict):
            var parts: [String: Space] = [:]
            if case .dict(let entries) = space { for entry in entries { parts[entry.key] = entry.space } }
            return .dict(try WireEntry.entries(dict.entries, expecting: parts))
        case .tuple(let tuple):
            var values: [Value] = []
            for (index, item) in tuple.items.enumerated() {
                var part: Space?
                if case .tuple(let spaces) = space, index < spaces.count { part = spaces[index] }
                values.append(try item.value(expecting: part))
            }
            return .tuple(values)
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .integer(let integer): return .integer(integer)
        case .boolean(let boolean): return .boolean(boolean)
        case nil:
            throw SpaceMismatch(
                .type, "the value is empty: it has none of array, dict, tuple, text, number, integer, boolean")
        }
    }
}

extension WireEntry {
    /// In the order given, which is the order of keys.
    public static func list(_ entries: [Value.Entry]) -> [WireEntry] {
        entries.map { entry in
            .with {
                $0.key = entry.key
                $0.value = WireValue(entry.value)
            }
        }
    }

    /// Sorted by key. A key that comes twice is refused.
    public static func entries(_ entries: [WireEntry], expecting parts: [String: Space] = [:]) throws(SpaceMismatch)
        -> [Value.Entry]
    {
        var result: [Value.Entry] = []
        var seen: Set<String> = []
        for entry in entries {
            guard seen.insert(entry.key).inserted else {
                throw SpaceMismatch(.type, "the key \"\(entry.key)\" comes twice")
            }
            result.append(Value.Entry(entry.key, try entry.value.value(expecting: parts[entry.key])))
        }
        return result.sorted { $0.key < $1.key }
    }
}
