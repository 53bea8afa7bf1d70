/// A rectangle of pixels.
public struct PixelBox: Sendable, Hashable {
    /// Its first column.
    public let left: Int
    /// Its first row.
    public let top: Int
    /// Columns, 0 or more.
    public let width: Int
    /// Rows, 0 or more.
    public let height: Int

    /// - Parameters:
    ///   - left: its first column.
    ///   - top: its first row.
    ///   - width: columns; less than 0 is 0.
    ///   - height: rows; less than 0 is 0.
    public init(_ left: Int, _ top: Int, width: Int, height: Int) {
        self.left = left
        self.top = top
        self.width = max(width, 0)
        self.height = max(height, 0)
    }

    /// The first column to the right of it.
    public var right: Int { left + width }
    /// The first row below it.
    public var bottom: Int { top + height }
}
