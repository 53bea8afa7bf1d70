/// An n-dimensional array: little-endian elements in row-major order, as NumPy's `tobytes()` gives them.
public struct NDArray: Sendable, Hashable {
    public let dtype: DType
    /// Empty for a scalar.
    public let shape: [Int]
    /// `elementCount * dtype.byteCount` bytes.
    public let bytes: [UInt8]

    /// Number of elements: the product of `shape`.
    public var elementCount: Int { shape.reduce(1, *) }

    /// - Returns: nil when `bytes` has another length than `shape` and `dtype` ask for, or a dimension is negative.
    public init?(dtype: DType, shape: [Int], bytes: [UInt8]) {
        // The number of bytes that the shape asks for may overflow; that of elements they make does not.
        guard let count = NDArray.elementCount(of: shape), bytes.count.isMultiple(of: dtype.byteCount),
            bytes.count / dtype.byteCount == count
        else { return nil }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// `bytes` are as many as `shape` and `dtype` ask for.
    init(rows bytes: [UInt8], dtype: DType, shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// A one-dimensional float32 array.
    public init(_ values: [Float]) {
        dtype = .float32
        shape = [values.count]
        bytes = values.withUnsafeBytes(Array.init)
    }

    /// A one-dimensional int8 array, the type of Gymnasium's action masks.
    public init(_ values: [Int8]) {
        dtype = .int8
        shape = [values.count]
        bytes = values.map(UInt8.init(bitPattern:))
    }

    /// An int64 array. `values` has as many elements as `shape` asks for.
    init(_ values: [Int64], shape: [Int]) {
        dtype = .int64
        self.shape = shape
        bytes = values.map(\.littleEndian).withUnsafeBytes(Array.init)
    }

    /// Elements converted from `values`; integers are rounded toward zero and must fit.
    ///
    /// - Returns: nil when the counts differ, or a value does not fit the element type.
    public init?(dtype: DType, shape: [Int], values: [Double]) {
        guard NDArray.elementCount(of: shape) == values.count else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * dtype.byteCount)
        for value in values {
            guard NDArray.append(value, as: dtype, to: &bytes) else { return nil }
        }
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// The elements as doubles. Integers beyond 2^53 lose digits.
    public var doubles: [Double] {
        bytes.withUnsafeBytes { bytes in (0..<elementCount).map { dtype.number(at: $0, of: bytes) } }
    }

    /// The elements as integers.
    ///
    /// - Returns: nil for floating-point arrays, for bool, and when an element is beyond the range of `Int64`.
    public var integers: [Int64]? {
        switch dtype {
        case .int8: return elements(Int8.self).map(Int64.init)
        case .int16: return elements(Int16.self).map(Int64.init)
        case .int32: return elements(Int32.self).map(Int64.init)
        case .int64: return elements(Int64.self)
        case .uint8: return bytes.map(Int64.init)
        case .uint16: return elements(UInt16.self).map(Int64.init)
        case .uint32: return elements(UInt32.self).map(Int64.init)
        case .uint64:
            let elements = elements(UInt64.self)
            return elements.contains { $0 > UInt64(Int64.max) } ? nil : elements.map { Int64($0) }
        case .float16, .float32, .float64, .bool: return nil
        }
    }

    /// The only element as an integer.
    ///
    /// - Returns: nil for floating-point arrays, for bool, and when there is not exactly one element.
    public var singleInteger: Int64? {
        guard elementCount == 1 else { return nil }
        return integers?.first
    }

    /// The product of `shape`, nil when a dimension is negative or the product overflows.
    public static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            guard size >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    private func elements<Element: FixedWidthInteger>(_: Element.Type) -> [Element] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: MemoryLayout<Element>.size).map {
                Element(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Element.self))
            }
        }
    }

    private static func append(_ value: Double, as dtype: DType, to bytes: inout [UInt8]) -> Bool {
        func put(_ element: (some FixedWidthInteger)?) -> Bool {
            guard let element else { return false }
            withUnsafeBytes(of: element.littleEndian) { bytes.append(contentsOf: $0) }
            return true
        }
        func whole<Element: FixedWidthInteger>(_: Element.Type) -> Element? {
            Element(exactly: value.rounded(.towardZero))
        }
        return switch dtype {
        case .float16: put(Float16(value).bitPattern)
        case .float32: put(Float(value).bitPattern)
        case .float64: put(value.bitPattern)
        case .int8: put(whole(Int8.self))
        case .int16: put(whole(Int16.self))
        case .int32: put(whole(Int32.self))
        case .int64: put(whole(Int64.self))
        case .uint8: put(whole(UInt8.self))
        case .uint16: put(whole(UInt16.self))
        case .uint32: put(whole(UInt32.self))
        case .uint64: put(whole(UInt64.self))
        case .bool: put(UInt8(value == 0 ? 0 : 1))
        }
    }
}
