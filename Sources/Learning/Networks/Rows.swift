/// Rows of numbers, one after the other in memory of its own, aligned for the kernels: `rows[3][0]` is the first number of the
/// fourth row, and `rows[3]` where that row begins.
///
/// A class, since networks and storages point into it for as long as they live. Not to be shared between threads.
public final class Rows<Element: BitwiseCopyable> {
    public let first: UnsafeMutablePointer<Element>
    public let count: Int
    /// Numbers of a row.
    public let width: Int

    public init(count: Int, width: Int, repeating element: Element) {
        self.count = count
        self.width = width
        let elements = max(count * width, 1)
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: elements * MemoryLayout<Element>.stride, alignment: 64)
        first = bytes.bindMemory(to: Element.self, capacity: elements)
        first.initialize(repeating: element, count: elements)
    }

    deinit { first.deallocate() }

    /// Where a row begins: `width` numbers.
    public subscript(row: Int) -> UnsafeMutablePointer<Element> { first + row * width }

    /// Copies another's row, which has as many numbers.
    func copy(_ row: UnsafePointer<Element>, to place: Int) { self[place].update(from: row, count: width) }
}

extension Rows<Float> {
    public convenience init(count: Int, width: Int) { self.init(count: count, width: width, repeating: 0) }

    /// The first `rowCount` rows, one after the other.
    func elements(of rowCount: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: first, count: rowCount * width))
    }
}
