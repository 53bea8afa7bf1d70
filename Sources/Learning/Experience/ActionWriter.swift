public import Gymnasium

/// Makes actions as arrays of what an agent decided.
public struct ActionWriter: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// One choice or several: the i-th is one of `counts[i]`, written as `starts[i]` plus its index.
        case choices(counts: [Int], starts: [Int64])
        /// `low.count` numbers, each moved into its bounds.
        case continuous(low: [Double], high: [Double], dtype: DType)
    }

    /// The kinds of spaces that actions may come from.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        case discrete
        case several = "multi-discrete"
        case continuous = "box"
    }

    public let form: Form
    public let kind: Kind
    /// Bytes of an action.
    public let byteCount: Int
    /// Floats that a decision has: an index for each choice, or its numbers.
    public let width: Int

    /// - Throws: other spaces than discrete and multi-discrete ones with up to 4,096 actions, and boxes of floating-point
    ///   numbers.
    public init(_ space: Space) throws(LearningError) {
        switch space {
        case .discrete(let discrete) where 1...4_096 ~= discrete.n:
            form = .discrete
            kind = .choices(counts: [Int(discrete.n)], starts: [discrete.start])
            width = 1
            byteCount = 8
        case .multiDiscrete(let choices)
        where !choices.nvec.isEmpty && choices.nvec.allSatisfy { 1...4_096 ~= $0 } && choices.nvec.reduce(0, +) <= 4_096:
            form = .several
            kind = .choices(counts: choices.nvec.map { Int($0) }, starts: choices.start)
            width = choices.nvec.count
            byteCount = 8 * width
        case .box(let box) where (box.dtype == .float32 || box.dtype == .float64) && !box.shape.contains(0):
            form = .continuous
            let count = box.shape.reduce(1, *)
            let (low, high) = box.bounds(of: count)
            kind = .continuous(low: low, high: high, dtype: box.dtype)
            width = count
            byteCount = count * box.dtype.byteCount
        default:
            throw LearningError(
                .space,
                "the actions are a \(space.kindName) space; learners take discrete and multi-discrete ones with up to "
                    + "4,096 actions, and boxes of float32 or float64")
        }
    }

    /// Writes one action from ``width`` floats.
    public func write(_ decision: UnsafePointer<Float>, into bytes: UnsafeMutableRawPointer) {
        switch kind {
        case .choices(_, let starts):
            for index in 0..<width {
                bytes.storeBytes(
                    of: (starts[index] + Int64(decision[index])).littleEndian, toByteOffset: 8 * index, as: Int64.self)
            }
        case .continuous(let low, let high, let dtype):
            for index in 0..<width {
                let value = min(max(Double(decision[index]), low[index]), high[index])
                if dtype == .float32 {
                    bytes.storeBytes(
                        of: Float(value).bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
                } else {
                    bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
                }
            }
        }
    }
}
