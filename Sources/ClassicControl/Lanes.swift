import Foundation

/// Numbers reckoned with side by side: one, or several. Each of several comes out as it would alone, to the last bit, since
/// all operations are those of IEEE 754 or the C library's, one number at a time.
protocol Lanes: Sendable {
    init(repeating number: Double)
    static func + (one: Self, other: Self) -> Self
    static func - (one: Self, other: Self) -> Self
    static func * (one: Self, other: Self) -> Self
    static func / (one: Self, other: Self) -> Self
    /// The sines of angles in radians.
    var sine: Self { get }
    /// The cosines of angles in radians.
    var cosine: Self { get }
}

extension Double: Lanes {
    @inline(__always)
    init(repeating number: Double) { self = number }
    @inline(__always)
    var sine: Double { sin(self) }
    @inline(__always)
    var cosine: Double { cos(self) }
}

extension SIMD4<Double>: Lanes {
    @inline(__always)
    var sine: SIMD4<Double> { SIMD4(sin(x), sin(y), sin(z), sin(w)) }
    @inline(__always)
    var cosine: SIMD4<Double> { SIMD4(cos(x), cos(y), cos(z), cos(w)) }
}
