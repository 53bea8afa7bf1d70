/// A colour.
public struct Colour: Sendable, Hashable {
    /// 0 for none, 255 for most.
    public let red: UInt8
    /// 0 for none, 255 for most.
    public let green: UInt8
    /// 0 for none, 255 for most.
    public let blue: UInt8

    /// - Parameter hex: as in web pages, `0xRRGGBB`.
    public init(_ hex: UInt32) {
        self.init(
            red: UInt8(truncatingIfNeeded: hex >> 16), green: UInt8(truncatingIfNeeded: hex >> 8),
            blue: UInt8(truncatingIfNeeded: hex))
    }

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }
}
