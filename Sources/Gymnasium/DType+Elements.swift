extension DType {
    /// An element of an array's bytes as a double. Integers beyond 2^53 lose digits.
    ///
    /// - Parameter bytes: little-endian elements, more than `index` of them.
    public func number(at index: Int, of bytes: UnsafeRawBufferPointer) -> Double {
        func element<Element: FixedWidthInteger>(_: Element.Type) -> Element {
            let offset = index * MemoryLayout<Element>.size
            return Element(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Element.self))
        }
        return switch self {
        case .float16: Double(Float16(bitPattern: element(UInt16.self)))
        case .float32: Double(Float(bitPattern: element(UInt32.self)))
        case .float64: Double(bitPattern: element(UInt64.self))
        case .int8: Double(element(Int8.self))
        case .int16: Double(element(Int16.self))
        case .int32: Double(element(Int32.self))
        case .int64: Double(element(Int64.self))
        case .uint8, .bool: Double(element(UInt8.self))
        case .uint16: Double(element(UInt16.self))
        case .uint32: Double(element(UInt32.self))
        case .uint64: Double(element(UInt64.self))
        }
    }
}
