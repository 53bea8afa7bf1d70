public import Gymnasium

/// Makes rows of floats of observations as arrays.
///
/// Boxes and multi-binary arrays are flattened, discrete ones become one-hot rows, as Stable-Baselines3 does it.
public struct ObservationReader: Sendable, Hashable {
    private enum Kind: Sendable, Hashable {
        case elements(DType)
        case oneHot(starts: [Int64], sizes: [Int])
    }

    /// Floats of a row.
    public let width: Int
    private let kind: Kind
    private let byteCount: Int

    /// - Throws: a text, dict or tuple space, an empty one, or a discrete one with more than 4,096 values.
    public init(_ space: Space) throws(LearningError) {
        guard let form = space.arrayForm, form.elementCount > 0 else {
            throw LearningError(
                .space,
                "the observations are a \(space.kindName) space; learners take box, discrete, multi-discrete and "
                    + "multi-binary ones with at least one element")
        }
        byteCount = form.byteCount
        switch space {
        case .discrete(let discrete):
            kind = .oneHot(starts: [discrete.start], sizes: [Int(clamping: discrete.n)])
        case .multiDiscrete(let space):
            kind = .oneHot(starts: space.start, sizes: space.nvec.map { Int(clamping: $0) })
        default:
            kind = .elements(form.dtype)
            width = form.elementCount
            return
        }
        guard case .oneHot(_, let sizes) = kind, sizes.allSatisfy({ 1...4_096 ~= $0 }),
            sizes.reduce(0, +) <= 65_536
        else {
            throw LearningError(
                .space, "a discrete observation has more than 4,096 values; serve it as a box with its own scaling")
        }
        width = sizes.reduce(0, +)
    }

    /// Writes the row of one observation: ``width`` floats. What is not finite becomes 0, so that no weight is lost to it.
    public func read(_ bytes: UnsafeRawBufferPointer, into row: UnsafeMutablePointer<Float>) {
        guard bytes.count >= byteCount else { return }
        switch kind {
        case .elements(.float32):
            for index in 0..<width {
                let value = Float(bitPattern: element(bytes, index, UInt32.self))
                row[index] = value.isFinite ? value : 0
            }
        case .elements(let dtype):
            for index in 0..<width {
                let value = Float(dtype.number(at: index, of: bytes))
                row[index] = value.isFinite ? value : 0
            }
        case .oneHot(let starts, let sizes):
            row.update(repeating: 0, count: width)
            var offset = 0
            for (index, size) in sizes.enumerated() {
                let value = element(bytes, index, Int64.self) &- starts[index]
                if value >= 0, value < size { row[offset + Int(value)] = 1 }
                offset += size
            }
        }
    }

    private func element<Element: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ index: Int, _: Element.Type
    ) -> Element {
        Element(
            littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
    }
}
