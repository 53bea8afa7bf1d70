import Randomness

/// Expected counts of a window on a logarithmic grid, and coarser bins of them. From 0.02 to 15,000 tasks a window.
enum LevelGrid {
    static let count = 160
    static let bins = 20
    /// Of neighbouring levels, in the logarithm.
    static let spacing = 0.085
    static let cellsPerBin = count / bins

    static func bin(_ cell: Int) -> Int { cell / cellsPerBin }

    /// The level at a place between cells.
    static func level(_ place: Double) -> Double { 0.02 * Elementary.exp(spacing * place) }

    /// The cell of a place, which is moved into the grid.
    static func cell(_ place: Double) -> Int { Int(min(max(place.rounded(), 0), Double(count - 1))) }
}

/// log Γ(x) for x > 0, by Stirling's series after a shift to 8 or more; within 1e-10.
func logGamma(_ x: Double) -> Double {
    var x = x
    var product = 1.0
    while x < 8 {
        product *= x
        x += 1
    }
    let square = 1 / (x * x)
    let series = (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1_260 - square / 1_680))) / x
    return (x - 0.5) * Elementary.log(x) - x + 0.918938533204672742 + series - Elementary.log(product)
}

/// Negative binomial likelihoods of counts at every level of the grid: Poisson counts whose mean is the level times a gamma variable
/// of that shape, so that their variance is level + level² / shape.
struct CountLikelihood: Sendable {
    let shape: Double
    /// The logarithm's parts that do not depend on the count, and that are multiplied by it.
    private let constant: [Double]
    private let factor: [Double]

    init(shape: Double) {
        self.shape = shape
        let levels = (0..<LevelGrid.count).map { LevelGrid.level(Double($0)) }
        constant = levels.map { shape * Elementary.log(shape / (shape + $0)) }
        factor = levels.map { Elementary.log($0 / (shape + $0)) }
    }

    /// The likelihood at each level.
    func callAsFunction(_ count: Int) -> [Double] {
        let y = Double(count)
        let common = logGamma(y + shape) - logGamma(shape) - logGamma(y + 1)
        return (0..<LevelGrid.count).map { Elementary.exp(common + constant[$0] + y * factor[$0]) }
    }
}
