public import Gymnasium

extension WireSpace {
    /// The space this describes.
    ///
    /// - Throws: `SpaceMismatch` when a part is empty, has no known element type, holds another number of bounds than
    ///   its shape asks for, or has elements that no message could hold.
    public func space() throws(SpaceMismatch) -> Space {
        switch kind {
        case .box(let box): return .box(try box.box())
        case .discrete(let discrete): return .discrete(Space.Discrete(n: discrete.n, start: discrete.start))
        case .multiDiscrete(let space):
            let shape = space.shape.map(Int.init)
            guard let count = elementCount(of: shape), space.nvec.count == count, space.start.count == count
            else {
                let got = "\(space.nvec.count) sizes and \(space.start.count) starts"
                throw SpaceMismatch(.shape, "a multi-discrete space of shape \(shape) has \(got)")
            }
            return .multiDiscrete(Space.MultiDiscrete(shape: shape, nvec: space.nvec, start: space.start))
        case .multiBinary(let space):
            let shape = space.shape.map(Int.init)
            guard elementCount(of: shape) != nil else {
                throw SpaceMismatch(.shape, "a multi-binary space of shape \(shape) is too large for any message")
            }
            return .multiBinary(shape: shape)
        case .text(let text):
            return .text(
                Space.Text(minLength: Int(text.minLength), maxLength: Int(text.maxLength), charset: text.charset))
        case .dict(let dict):
            var entries: [Space.Entry] = []
            for entry in dict.entries { entries.append(Space.Entry(entry.key, try entry.space.space())) }
            return .dict(entries)
        case .tuple(let tuple):
            var items: [Space] = []
            for item in tuple.items { items.append(try item.space()) }
            return .tuple(items)
        case nil: throw SpaceMismatch(.type, "the space is empty: it is none of the kinds of version 1 of the protocol")
        }
    }
}

extension WireBoxSpace {
    fileprivate func box() throws(SpaceMismatch) -> Space.Box {
        guard let dtype = dtype.dtype else { throw SpaceMismatch(.type, "a box space needs a known dtype") }
        let shape = self.shape.map(Int.init)
        guard let count = elementCount(of: shape), [1, count].contains(low.count),
            [1, count].contains(high.count)
        else {
            throw SpaceMismatch(
                .shape, "a box space of shape \(shape) has \(low.count) lower and \(high.count) upper bounds")
        }
        return Space.Box(dtype: dtype, shape: shape, low: low, high: high)
    }
}

/// The elements of an array, where a message could hold them: what a server says of its spaces decides how much its
/// clients allocate.
private func elementCount(of shape: [Int]) -> Int? {
    let largest = 1 << 28
    return NDArray.elementCount(of: shape).flatMap { $0 <= largest ? $0 : nil }
}
