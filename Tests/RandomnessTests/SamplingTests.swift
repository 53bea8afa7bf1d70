import Foundation
import TestSupport
import Testing

@testable import Randomness

/// Tolerances are five standard errors of the moments; seeds are fixed, so a test passes always or never.
struct SamplingTests {
    private let sampling = Sampling()
    private let count = 50_000

    @Test("Uniform draws fill [0, 1), positive ones (0, 1]")
    func uniform() {
        for draws in [
            Moments(of: count) { sampling.uniform(using: &$0) },
            Moments(of: count) { sampling.positiveUniform(using: &$0) },
        ] {
            #expect(abs(draws.mean - 0.5) < 5 * draws.meanError(1 / 12.0.squareRoot()))
            #expect(abs(draws.variance - 1.0 / 12) < 5 * draws.varianceError(1.0 / 12, kurtosis: -1.2))
            #expect(draws.distance { $0 } < 1.95)
        }
        var one = PCG64(seed: Seed(5))
        var other = one
        var third = one
        for _ in 0..<1_000 {
            let uniform = sampling.uniform(using: &one)
            let positive = sampling.positiveUniform(using: &other)
            let double = third.nextDouble()
            #expect(uniform == double && positive == uniform + 0x1p-53 && positive > 0 && uniform < 1)
        }
    }

    @Test("Exponential draws have the distribution 1 - exp(-x), its tail too")
    func exponential() {
        let draws = Moments(of: count) { sampling.exponential(using: &$0) }
        #expect(abs(draws.mean - 1) < 5 * draws.meanError(1))
        #expect(abs(draws.variance - 1) < 5 * draws.varianceError(1, kurtosis: 6))
        #expect(draws.distance { 1 - Foundation.exp(-$0) } < 1.95)
        #expect(draws.values.allSatisfy { $0 >= 0 && $0.isFinite })
        // Beyond the ziggurat's last layer, 7.697, there are 45 in 100,000.
        let tail = Moments(of: 1_000_000, seed: 2) { sampling.exponential(using: &$0) }.values.filter { $0 > 7.697 }
        #expect(abs(Double(tail.count) - 453.9) < 5 * 21.3, "\(tail.count)")
        let excess = tail.reduce(0) { $0 + $1 - 7.697 } / Double(tail.count)
        #expect(abs(excess - 1) < 5 / Double(tail.count).squareRoot())
    }

    @Test("Normal draws have the normal distribution, its tails too")
    func normal() {
        let draws = Moments(of: count) { sampling.normal(using: &$0) }
        #expect(abs(draws.mean) < 5 * draws.meanError(1))
        #expect(abs(draws.variance - 1) < 5 * draws.varianceError(1, kurtosis: 0))
        #expect(draws.distance { 0.5 * erfc(-$0 / 2.0.squareRoot()) } < 1.95)
        // Beyond the ziggurat's last layer, 3.654, there are 26 in 100,000, as many on either side.
        let tail = Moments(of: 1_000_000, seed: 2) { sampling.normal(using: &$0) }.values.filter {
            abs($0) > 3.654_152_885
        }
        let expected = 1_000_000 * erfc(3.654_152_885 / 2.0.squareRoot())
        #expect(abs(Double(tail.count) - expected) < 5 * expected.squareRoot(), "\(tail.count), expected \(expected)")
        let right = Double(tail.count { $0 > 0 })
        #expect(abs(right - expected / 2) < 5 * (expected / 2).squareRoot())
        #expect(tail.contains { abs($0) > 4.3 } && tail.allSatisfy { abs($0) < 7 })
    }

    @Test("Gamma has mean and variance of its shape, below and above 1", arguments: [0.05, 0.5, 0.99, 1, 1.5, 4, 60])
    func gamma(shape: Double) {
        let draws = Moments(of: count) { sampling.gamma(shape: shape, using: &$0) }
        #expect(abs(draws.mean - shape) < 5 * draws.meanError(shape.squareRoot()))
        #expect(abs(draws.variance - shape) < 5 * draws.varianceError(shape, kurtosis: 6 / shape))
        #expect(draws.values.allSatisfy { $0 >= 0 && $0.isFinite })
    }

    @Test("Gamma of shapes with a distribution in closed form")
    func gammaDistributions() {
        let one = Moments(of: count) { sampling.gamma(shape: 1, using: &$0) }
        #expect(one.distance { 1 - Foundation.exp(-$0) } < 1.95)
        let half = Moments(of: count) { sampling.gamma(shape: 0.5, using: &$0) }
        #expect(half.distance { erf($0.squareRoot()) } < 1.95)
        let four = Moments(of: count) { sampling.gamma(shape: 4, using: &$0) }
        #expect(four.distance { 1 - Foundation.exp(-$0) * (1 + $0 + $0 * $0 / 2 + $0 * $0 * $0 / 6) } < 1.95)
    }

    @Test("Lognormal, as exp of a normal draw")
    func lognormal() {
        let draws = Moments(of: count) { Elementary.exp(0.5 * sampling.normal(using: &$0)) }
        let square = Foundation.exp(0.25)
        #expect(abs(draws.mean - Foundation.exp(0.125)) < 5 * draws.meanError(((square - 1) * square).squareRoot()))
        let kurtosis = Foundation.exp(1.0) + 2 * Foundation.exp(0.75) + 3 * Foundation.exp(0.5) - 6
        #expect(
            abs(draws.variance - (square - 1) * square) < 5
                * draws.varianceError((square - 1) * square, kurtosis: kurtosis))
    }

    @Test(
        "Poisson has mean and variance of its mean, and the probabilities",
        arguments: [0.1, 1, 7.5, 15.9, 16, 16.1, 70, 1_000])
    func poisson(mean: Double) {
        let draws = Moments(of: 30_000) { Double(sampling.poisson(mean: mean, using: &$0)) }
        #expect(abs(draws.mean - mean) < 5 * draws.meanError(mean.squareRoot()))
        #expect(abs(draws.variance - mean) < 5 * draws.varianceError(mean, kurtosis: 1 / mean))
        for k in 0..<30 {
            let probability = Foundation.exp(Double(k) * Foundation.log(mean) - mean - lgamma(Double(k) + 1))
            let got = Double(draws.values.count { $0 == Double(k) })
            #expect(abs(got - 30_000 * probability) <= 5 * (30_000 * probability).squareRoot() + 5, "\(k)")
        }
    }

    @Test("Poisson with mean 0 is 0")
    func poissonOfNothing() {
        #expect(Moments(of: 100) { Double(sampling.poisson(mean: 0, using: &$0)) }.values.allSatisfy { $0 == 0 })
    }

    @Test("A truncated normal has the moments of one")
    func truncatedNormal() {
        let draws = Moments(of: count) {
            sampling.truncatedNormal(mean: 5, standardDeviation: 2, min: 4, max: 8, using: &$0)
        }
        // With a = -½ and b = 1½: the mean is μ + σ (φ(a) - φ(b)) / Z.
        func density(_ x: Double) -> Double { Foundation.exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
        let mass = 0.5 * (erf(1.5 / 2.0.squareRoot()) + erf(0.5 / 2.0.squareRoot()))
        let ratio = (density(-0.5) - density(1.5)) / mass
        let variance = 4 * (1 + (-0.5 * density(-0.5) - 1.5 * density(1.5)) / mass - ratio * ratio)
        #expect(abs(draws.mean - (5 + 2 * ratio)) < 5 * draws.meanError(variance.squareRoot()))
        #expect(abs(draws.variance - variance) < 5 * draws.varianceError(variance, kurtosis: 0))
        #expect(draws.values.allSatisfy { (4...8).contains($0) })
        let below = 0.5 * erfc(0.5 / 2.0.squareRoot())
        #expect(draws.distance { (0.5 * erfc(-($0 - 5) / 2 / 2.0.squareRoot()) - below) / mass } < 1.95)
    }

    @Test(
        "A truncated normal without spread is its mean, moved into the bounds; one that never hits them is moved as well"
    )
    func truncatedNormalEdges() {
        var generator = PCG64(seed: Seed(1))
        func draw(_ mean: Double, _ deviation: Double) -> Double {
            sampling.truncatedNormal(mean: mean, standardDeviation: deviation, min: 1, max: 2, using: &generator)
        }
        #expect([draw(1.5, 0), draw(9, 0), draw(-9, 0)] == [1.5, 2, 1])
        #expect([draw(1_000, 1), draw(-1_000, 1)] == [2, 1])
    }

    /// Whatever the processor, the compiler and the release: presets' trajectories are built on these.
    @Test("Draws never change, to the last bit")
    func bits() {
        func four(_ draw: (inout PCG64) -> Double) -> [Double] {
            var generator = PCG64(seed: Seed(2_602), stream: 6)
            return (0..<4).map { _ in draw(&generator) }
        }
        #expect(
            four { sampling.uniform(using: &$0) }
                == [0.47792544474969734, 0.06694586608453779, 0.2782480796009069, 0.36752916369445265])
        #expect(
            four { sampling.positiveUniform(using: &$0) }
                == [0.47792544474969745, 0.0669458660845379, 0.27824807960090703, 0.36752916369445277])
        #expect(
            four { sampling.exponential(using: &$0) }
                == [1.4580979680733528, 0.2244125201180519, 0.637032803833512, 1.073378583629693])
        #expect(
            four { sampling.normal(using: &$0) }
                == [1.040788501009954, -0.15382307961486413, 0.5136620516734562, 0.7806405128822613])
        #expect(
            four { sampling.gamma(shape: 4, using: &$0) }
                == [6.042511750863339, 4.740825577458103, 2.6287345391510852, 5.428824231162221])
        #expect(
            four { sampling.gamma(shape: 0.3, using: &$0) }
                == [0.03366223129332888, 0.0006523847535662332, 4.214216572675316e-05, 0.05133208381734077])
        #expect(
            four { Double(sampling.poisson(mean: 40, using: &$0)) }
                == [32, 39, 35, 42])
        #expect(
            four { sampling.truncatedNormal(mean: 5, standardDeviation: 2, min: 4, max: 8, using: &$0) }
                == [7.081577002019908, 4.692353840770272, 6.0273241033469125, 6.561281025764522])
        // Layers, wedges and tails all come up in ten thousand draws.
        #expect(Moments(of: 10_000) { sampling.exponential(using: &$0) }.values.reduce(0, +) == 10_048.070332809564)
        #expect(Moments(of: 10_000) { sampling.normal(using: &$0) }.values.reduce(0, +) == -90.72832229096608)
    }
}
