import Gymnasium

/// Scales values to mean 0 and variance 1 as far as seen, and clips what is far off.
///
/// Means and variances are merged batch by batch (Chan, Golub and LeVeque, 1983), as in Gymnasium's `NormalizeObservation`.
public struct RunningNormaliser: Sendable, Hashable {
    public internal(set) var means: [Double]
    public internal(set) var variances: [Double]
    public internal(set) var count: Double
    /// Largest absolute value of a result.
    public let bound: Double

    /// - Parameter width: floats of a row.
    public init(width: Int, bound: Double = 10) {
        means = Array(repeating: 0, count: width)
        variances = Array(repeating: 1, count: width)
        // So that the first batch isn't all there is.
        count = 1e-4
        self.bound = bound
    }

    /// One whose means and deviations are such that elements with bounds in `space` are scaled to −1 to 1. Those without stay
    /// as they are, but for the clipping; so do one-hot rows.
    init(scaling space: Space, width: Int) {
        self.init(width: width)
        guard case .box(let box) = space else { return }
        let (lows, highs) = box.bounds(of: width)
        for (index, (low, high)) in zip(lows, highs).prefix(width).enumerated() {
            // Some write the largest float where others write infinity.
            guard high > low, max(abs(low), abs(high)) < 1e30 else { continue }
            means[index] = (low + high) / 2
            variances[index] = (high - low) * (high - low) / 4
        }
    }

    /// Takes in rows of `means.count` floats, one after the other.
    public mutating func update(_ rows: UnsafePointer<Float>, count rowCount: Int) {
        guard rowCount > 0 else { return }
        let width = means.count
        let total = count + Double(rowCount)
        for column in 0..<width {
            var sum = 0.0
            for row in 0..<rowCount { sum += Double(rows[row * width + column]) }
            let mean = sum / Double(rowCount)
            var squares = 0.0
            for row in 0..<rowCount {
                let distance = Double(rows[row * width + column]) - mean
                squares += distance * distance
            }
            let shift = mean - means[column]
            means[column] += shift * Double(rowCount) / total
            variances[column] =
                (variances[column] * count + squares + shift * shift * count * Double(rowCount) / total) / total
        }
        count = total
    }

    /// Scales rows in place.
    public func normalise(_ rows: UnsafeMutablePointer<Float>, count rowCount: Int) {
        let width = means.count
        for column in 0..<width {
            let mean = means[column]
            let scale = 1 / (variances[column] + 1e-8).squareRoot()
            for row in 0..<rowCount {
                let value = (Double(rows[row * width + column]) - mean) * scale
                rows[row * width + column] = Float(min(max(value, -bound), bound))
            }
        }
    }

    /// Divides by the standard deviation only, and clips: what rewards get, whose sign must stay.
    public func scale(_ value: Double) -> Double {
        min(max(value / (variances[0] + 1e-8).squareRoot(), -bound), bound)
    }
}
