/// Element type and shape of a space whose elements are arrays.
public struct ArrayForm: Sendable, Hashable {
    public let dtype: DType
    public let shape: [Int]

    public init(dtype: DType, shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
    }

    /// Elements of an array of this form.
    public var elementCount: Int { shape.reduce(1, *) }

    /// Bytes of an array of this form.
    public var byteCount: Int { elementCount * dtype.byteCount }

    /// An element of a space of this form, as a value: integers are values of their own, all else is an array.
    public func element(_ bytes: some Sequence<UInt8>) -> Value {
        let bytes = Array(bytes)
        if dtype == .int64, shape.isEmpty, bytes.count == 8 {
            return .integer(bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) })
        }
        return .array(NDArray(dtype: dtype, shape: shape, bytes: bytes) ?? NDArray([Float]()))
    }
}

extension Space {
    /// The form of the elements as arrays; nil for text, dict and tuple spaces.
    public var arrayForm: ArrayForm? {
        switch self {
        case .box(let box): ArrayForm(dtype: box.dtype, shape: box.shape)
        case .discrete: ArrayForm(dtype: .int64, shape: [])
        case .multiDiscrete(let space): ArrayForm(dtype: .int64, shape: space.shape)
        case .multiBinary(let shape): ArrayForm(dtype: .int8, shape: shape)
        case .text, .dict, .tuple: nil
        }
    }

    /// The space of `count` elements of this one, one after the other (`gymnasium.vector.utils.batch_space`); nil for text, dict
    /// and tuple spaces.
    public func batched(_ count: Int) -> Space? {
        switch self {
        case .box(let box):
            func repeated(_ bounds: [Double]) -> [Double] {
                bounds.count == 1 ? bounds : Array(repeating: bounds, count: count).flatMap(\.self)
            }
            return .box(
                Box(dtype: box.dtype, shape: [count] + box.shape, low: repeated(box.low), high: repeated(box.high)))
        case .discrete(let discrete):
            return .multiDiscrete(
                MultiDiscrete(
                    shape: [count], nvec: Array(repeating: discrete.n, count: count),
                    start: Array(repeating: discrete.start, count: count)))
        case .multiDiscrete(let space):
            return .multiDiscrete(
                MultiDiscrete(
                    shape: [count] + space.shape, nvec: Array(repeating: space.nvec, count: count).flatMap(\.self),
                    start: Array(repeating: space.start, count: count).flatMap(\.self)))
        case .multiBinary(let shape): return .multiBinary(shape: [count] + shape)
        case .text, .dict, .tuple: return nil
        }
    }
}
