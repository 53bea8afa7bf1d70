import Gymnasium

/// The colours of Okabe and Ito, which colour-blind people tell apart.
extension Colour {
    static let paper = Colour(0xFFFFFF)
    static let ink = Colour(0x212529)
    static let body = Colour(0x0072B2)
    static let limb = Colour(0xE69F00)
    static let joint = Colour(0x56B4E9)
    static let goal = Colour(0x009E73)
}
