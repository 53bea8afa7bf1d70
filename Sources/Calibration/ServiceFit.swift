import Foundation

/// How service times, or any positive times, are distributed: the best of a few families, with its goodness of fit.
struct ServiceFit: Sendable, Hashable {
    /// A family with its parameters.
    enum Family: Sendable, Hashable {
        case constant(Double)
        case gamma(shape: Double, mean: Double)
        /// `cv` is the standard deviation over the mean.
        case lognormal(mean: Double, cv: Double)
        /// Equally likely values: quantiles of what was measured.
        case empirical([Double])

        /// The share of times that are not above `seconds`, 0 to 1.
        func cumulative(_ seconds: Double) -> Double {
            guard seconds > 0 else { return 0 }
            switch self {
            case .constant(let value): return seconds < value ? 0 : 1
            case .gamma(let shape, let mean): return Distributions.gamma(shape * seconds / mean, shape: shape)
            case .lognormal(let mean, let cv):
                let variance = log(1 + cv * cv)
                return Distributions.normal((log(seconds) - log(mean) + variance / 2) / variance.squareRoot())
            case .empirical(let values):
                return Double(values.count { $0 <= seconds }) / Double(max(1, values.count))
            }
        }

        /// What scenario files call it.
        var name: String {
            switch self {
            case .constant: "constant"
            case .gamma: "gamma"
            case .lognormal: "lognormal"
            case .empirical: "empirical"
            }
        }
    }

    let family: Family
    let count: Int
    let mean: Double
    let standardDeviation: Double
    /// The largest distance between the measured and the fitted distribution function (Kolmogorov–Smirnov), 0 to 1.
    let distance: Double
    /// The chance of such a distance, or a larger one, if the family were true. With fitted parameters it is too high. nil
    /// where the fit is what was measured itself (quantiles, a constant), which nothing can contradict.
    let probability: Double?

    /// Quantiles that stand for a distribution of no family.
    private static let mostValues = 200
    /// A family this far off is given up for the quantiles.
    private static let worst = 0.05
    /// Beyond it, a value is as good as constant.
    private static let leastVariation = 0.005

    /// - Returns: nil without times. Those that are not positive are left out.
    init?(_ times: [Double]) {
        let sorted = times.filter { $0 > 0 && $0.isFinite }.sorted()
        guard !sorted.isEmpty else { return nil }
        count = sorted.count
        let total = Double(sorted.count)
        let mean = sorted.reduce(0, +) / total
        let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, total - 1)
        self.mean = mean
        standardDeviation = variance.squareRoot()
        guard sorted.count > 1, standardDeviation > ServiceFit.leastVariation * mean else {
            (family, distance, probability) = (.constant(mean), 0, nil)
            return
        }
        let logs = sorted.map(log)
        let logMean = logs.reduce(0, +) / total
        let logVariance = logs.reduce(0) { $0 + ($1 - logMean) * ($1 - logMean) } / total
        let shape = ServiceFit.gammaShape(log(mean) - logMean)
        let lognormal = exp(logMean + logVariance / 2)
        let candidates: [(Family, Double)] = [
            (
                .gamma(shape: shape, mean: mean),
                KolmogorovSmirnov.distance(sorted) { Distributions.gamma(shape * $0 / mean, shape: shape) }
            ),
            (
                .lognormal(mean: lognormal, cv: (exp(logVariance) - 1).squareRoot()),
                KolmogorovSmirnov.distance(sorted) {
                    Distributions.normal((log($0) - logMean) / logVariance.squareRoot())
                }
            ),
        ]
        let best = candidates.min { $0.1 < $1.1 } ?? candidates[0]
        if best.1 > ServiceFit.worst {
            family = .empirical(ServiceFit.quantiles(sorted))
            distance = min(best.1, 0.5 / Double(min(sorted.count, ServiceFit.mostValues)))
            probability = nil
        } else {
            (family, distance) = best
            probability = KolmogorovSmirnov.probability(best.1, count: sorted.count)
        }
    }

    /// The maximum-likelihood shape, by Newton's method from Minka's first guess (Estimating a Gamma distribution, 2002).
    private static func gammaShape(_ s: Double) -> Double {
        guard s > 1e-12 else { return 1e6 }
        var shape = (3 - s + ((s - 3) * (s - 3) + 24 * s).squareRoot()) / (12 * s)
        for _ in 0..<20 {
            let step =
                (log(shape) - Distributions.digamma(shape) - s)
                / (1 / shape - Distributions.trigamma(shape))
            shape = max(shape / 2, shape - step)
        }
        return shape
    }

    private static func quantiles(_ sorted: [Double]) -> [Double] {
        let count = min(mostValues, sorted.count)
        return (0..<count).map { index in
            sorted[min(sorted.count - 1, Int((Double(index) + 0.5) / Double(count) * Double(sorted.count)))]
        }
    }
}
