import Foundation
import Randomness
import TestSupport
import Testing

@testable import Farm

/// Tolerances are five standard errors; seeds are fixed, so a test passes always or never.
struct ServiceTimeTests {
    private let count = 50_000

    private func draws(_ service: ServiceTime) -> Moments {
        let sampler = ServiceSampler(service)
        return Moments(of: count) { sampler.draw(using: &$0) }
    }

    @Test(
        "Gamma has variance mean² / shape, below and above shape 1",
        arguments: [(0.2, 1.5), (1, 2), (4, 0.25), (50, 10)])
    func gamma(shape: Double, mean: Double) {
        let draws = draws(ServiceTime(.gamma(shape: shape, mean: mean)))
        let variance = mean * mean / shape
        #expect(abs(draws.mean - mean) < 5 * (variance / Double(count)).squareRoot())
        // Excess kurtosis is 6 / shape.
        #expect(abs(draws.variance - variance) < 5 * variance * ((2 + 6 / shape) / Double(count)).squareRoot())
        #expect(draws.values.allSatisfy { $0 >= 0 && $0.isFinite })
    }

    @Test("Lognormal has the mean and the coefficient of variation that it is given", arguments: [(2, 0.5), (0.1, 1)])
    func lognormal(mean: Double, cv: Double) {
        let draws = draws(ServiceTime(.lognormal(mean: mean, cv: cv)))
        #expect(abs(draws.mean - mean) < 5 * mean * cv / Double(count).squareRoot())
        #expect(abs(draws.variance.squareRoot() / draws.mean - cv) < 0.07 * cv)
        let logs = Moments(draws.values.map { log($0) })
        let variance = log(1 + cv * cv)
        #expect(abs(logs.mean - (log(mean) - variance / 2)) < 5 * (variance / Double(count)).squareRoot())
        #expect(abs(logs.variance - variance) < 5 * variance * (2 / Double(count)).squareRoot())
    }

    @Test("Exponential is gamma with shape 1: mean and standard deviation are the same")
    func exponential() {
        let draws = draws(ServiceTime(.exponential(mean: 3)))
        #expect(abs(draws.mean - 3) < 5 * 3 / Double(count).squareRoot())
        #expect(abs(draws.variance - 9) < 5 * 9 * (8 / Double(count)).squareRoot())
    }

    @Test("What has no spread is its mean")
    func degenerateShapes() {
        var generator = PCG64(seed: Seed(1))
        for (service, expected) in [
            (ServiceTime(.lognormal(mean: 0, cv: 1)), 0.0), (ServiceTime(.lognormal(mean: 3, cv: 0)), 3),
            (ServiceTime(.gamma(shape: 0, mean: 3)), 3), (ServiceTime(.gamma(shape: 2, mean: 0)), 0),
            (ServiceTime(.constant(0.7)), 0.7), (ServiceTime(.exponential(mean: 0)), 0),
        ] {
            let drawn = ServiceSampler(service).draw(using: &generator)
            #expect(abs(drawn - expected) < 1e-12, "\(service)")
        }
    }

    @Test("Draws are moved into the bounds, and so is the mean")
    func bounds() {
        let service = ServiceTime(.gamma(shape: 4, mean: 1), min: 0.9, max: 1.1)
        let draws = draws(service)
        #expect(draws.values.min() == 0.9 && draws.values.max() == 1.1)
        #expect(service.mean == 1)
        #expect(ServiceTime(.constant(5), max: 2).mean == 2)
    }

    @Test func empirical() {
        let service = ServiceTime(.empirical([1, 2, 6]))
        #expect(service.mean == 3)
        let draws = draws(service)
        #expect(Set(draws.values) == [1, 2, 6])
        #expect(abs(draws.mean - 3) < 5 * (14.0 / 3 / Double(count)).squareRoot())
    }

    @Test("With pixels a time is that of the largest whole image that takes no longer")
    func pixels() {
        let grid = PixelTimes()
        // The measured sizes of arXiv 2602.06555, by its fit.
        #expect(abs(grid.seconds(side: 512) - 0.0465) < 1e-4 && abs(grid.seconds(side: 4_096) - 2.8704) < 1e-4)
        for side in 1...4_096 {
            let seconds = grid.seconds(side: Double(side))
            #expect(grid.snapped(seconds) == seconds, "side \(side)")
            #expect(grid.snapped((seconds + grid.seconds(side: Double(side + 1))) / 2) == seconds, "side \(side)")
        }
        #expect(grid.snapped(0) == grid.seconds(side: 0))
        let service = ServiceTime(.gamma(shape: 4, mean: 1.5), min: 0.5, max: 2, pixels: grid)
        #expect(draws(service).values.allSatisfy { $0 <= 2 && grid.snapped($0) == $0 && grid.snapped(0.5) <= $0 })
    }

    @Test("The published service time: mean 1.470, standard deviation 0.675, 5.4 % on the upper bound")
    func published() throws {
        let draws = draws(try Scenario.preset("paper").stages.first.service)
        #expect(abs(draws.mean - 1.470) < 5 * 0.675 / Double(count).squareRoot())
        #expect(abs(draws.variance.squareRoot() - 0.675) < 0.01)
        let largest = PixelTimes().seconds(side: 4_096)
        #expect(abs(Double(draws.values.count { $0 == largest }) / Double(count) - 0.054) < 0.005)
    }

    @Test("Start-up delays: within their bounds, in the tail as often as said, or one of those given")
    func startUp() {
        var delay = StartUpDelay(mean: 5.5, standardDeviation: 1, min: 3.7, max: 8.4)
        #expect(delay.longest == 8.4)
        let plain = Moments(of: count) { delay.sample(using: &$0) }
        #expect(plain.values.allSatisfy { (3.7...8.4).contains($0) })
        #expect(abs(plain.mean - 5.576) < 0.02)
        delay.tailProbability = 0.1
        delay.tailMax = 13.8
        #expect(delay.longest == 13.8)
        let tailed = Moments(of: count) { delay.sample(using: &$0) }
        #expect(tailed.values.allSatisfy { (3.7...13.8).contains($0) })
        let beyond = tailed.values.filter { $0 > 8.4 }
        #expect(abs(Double(beyond.count) - 5_000) < 5 * 4_500.0.squareRoot())
        #expect(abs(Moments(beyond).mean - 11.1) < 5 * 5.4 / 12.0.squareRoot() / 5_000.0.squareRoot())
        let given = StartUpDelay(empirical: [1, 1, 4])
        #expect(given.longest == 4 && given.mean == 2)
        let drawn = Moments(of: count) { given.sample(using: &$0) }
        #expect(Set(drawn.values) == [1, 4])
        #expect(abs(drawn.mean - 2) < 5 * (2 / Double(count)).squareRoot())
        let constant = Moments(of: 10) { StartUpDelay(mean: 2).sample(using: &$0) }
        #expect(Set(constant.values) == [2])
    }
}
