/// Floats in memory of its own, aligned for the kernels and 0 at first.
///
/// A class, since networks, gradients and optimisers point into it for as long as they live. Not to be shared between
/// threads.
public final class FloatBuffer {
    public let pointer: UnsafeMutablePointer<Float>
    public let count: Int

    public init(count: Int) {
        self.count = count
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        pointer = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
        pointer.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { pointer.deallocate() }

    /// The elements; `newElements` are as many as there were.
    public var elements: [Float] {
        get { Array(UnsafeBufferPointer(start: pointer, count: count)) }
        set {
            precondition(newValue.count == count, "\(newValue.count) floats for a buffer of \(count)")
            for index in 0..<count { pointer[index] = newValue[index] }
        }
    }

    @inlinable
    public subscript(index: Int) -> Float {
        get { pointer[index] }
        set { pointer[index] = newValue }
    }

    /// Sets all elements to 0.
    func clear() { pointer.update(repeating: 0, count: count) }
}
