/// Layers of equal area under a falling density, for drawing from it with one random word nearly always
/// (Marsaglia and Tsang, Journal of Statistical Software 5(8), 2000).
struct Ziggurat: @unchecked Sendable {
    /// Right ends of the layers, widest first; element 0 is the width of the base strip, tail included, element 256 is 0.
    let x: UnsafePointer<Double>
    /// The density at each of `x`.
    let f: UnsafePointer<Double>

    /// exp(-x²/2) for x ≥ 0.
    static let normal = Ziggurat(
        tail: 3.6541528853610088, area: 0.00492867323399, density: { Elementary.exp(-0.5 * $0 * $0) },
        inverse: { (-2 * Elementary.log($0)).squareRoot() })

    /// exp(-x) for x ≥ 0.
    static let exponential = Ziggurat(
        tail: 7.69711747013104972, area: 0.0039496598225815571993, density: { Elementary.exp(-$0) },
        inverse: { -Elementary.log($0) })

    /// Where the tail of the normal one begins.
    static var normalTail: Double { 3.6541528853610088 }
    /// Where the tail of the exponential one begins.
    static var exponentialTail: Double { 7.69711747013104972 }

    /// - Parameters:
    ///   - tail: where the base strip's tail begins.
    ///   - area: of each layer, for 256 layers.
    private init(tail: Double, area: Double, density: (Double) -> Double, inverse: (Double) -> Double) {
        // The tables live as long as the process.
        let x = UnsafeMutablePointer<Double>.allocate(capacity: 257)
        let f = UnsafeMutablePointer<Double>.allocate(capacity: 257)
        x[0] = area / density(tail)
        x[1] = tail
        for layer in 2..<256 { x[layer] = inverse(area / x[layer - 1] + density(x[layer - 1])) }
        x[256] = 0
        for layer in 0...256 { f[layer] = density(x[layer]) }
        self.x = UnsafePointer(x)
        self.f = UnsafePointer(f)
    }
}
