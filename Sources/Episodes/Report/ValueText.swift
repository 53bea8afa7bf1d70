import Gymnasium

extension Value {
    /// This value in a line, for people: arrays as flat lists, float32 with the digits that matter.
    var oneLine: String {
        switch self {
        case .array(let array):
            array.shape.isEmpty ? array.elementTexts.joined() : "[" + array.elementTexts.joined(separator: ", ") + "]"
        case .dict(let entries): "{" + entries.map { "\($0.key): \($0.value.oneLine)" }.joined(separator: ", ") + "}"
        case .tuple(let items): "(" + items.map(\.oneLine).joined(separator: ", ") + ")"
        case .text(let text): "\"\(text)\""
        case .number(let number): String(number)
        case .integer(let integer): String(integer)
        case .boolean(let boolean): String(boolean)
        }
    }
}

extension NDArray {
    /// Each element with the shortest digits that give it back.
    var elementTexts: [String] {
        switch dtype {
        case .float16, .float32: doubles.map { String(Float($0)) }
        case .float64: doubles.map { String($0) }
        case .bool: bytes.map { $0 == 0 ? "false" : "true" }
        case .uint64: integers(UInt64.self).map { String($0) }
        case .int64: integers(Int64.self).map { String($0) }
        case .int8, .int16, .int32, .uint8, .uint16, .uint32: doubles.map { String(Int64($0)) }
        }
    }

    /// The elements of an array of 64-bit integers.
    func integers<Element: FixedWidthInteger>(_: Element.Type) -> [Element] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: MemoryLayout<Element>.size).map {
                Element(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Element.self))
            }
        }
    }
}
