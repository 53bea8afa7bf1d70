import Randomness
import Testing

@testable import FarmPolicies

@Suite struct CountModelTests {
    /// A model that has seen what `count` gives of each window.
    private func trained(_ windows: Int, seed: UInt64 = 3, count: (Int, inout PCG64) -> Int) -> CountModel {
        var model = CountModel()
        model.begin(expecting: 10)
        var generator = PCG64(seed: Seed(seed))
        for window in 0..<windows { model.observe(count(window, &generator)) }
        return model
    }

    /// Of the first window that futures foretell: the counts that a sixth, a half and five sixths of them do not exceed. (Mean and
    /// variance would be those of the rare jumps.)
    private func forecast(_ model: CountModel) -> (low: Int, median: Int, high: Int) {
        var generator = PCG64(seed: Seed(8))
        let futures = model.futures(512, windows: 1, using: &generator).sorted { $0.counts[0] < $1.counts[0] }
        func quantile(_ share: Double) -> Int {
            var below = 0.0
            for future in futures {
                below += future.weight
                if below >= share { return future.counts[0] }
            }
            return 0
        }
        return (quantile(1.0 / 6), quantile(0.5), quantile(5.0 / 6))
    }

    @Test("the logarithm of the gamma function, against known values")
    func gamma() {
        for (x, value) in [(0.5, 0.572364942924700), (1, 0), (5, 3.178053830347946), (100.5, 361.435540467787)] {
            #expect(abs(logGamma(x) - value) < 1e-9, "\(x)")
        }
    }

    @Test("a level is found, whatever was expected", arguments: [3.0, 40, 400])
    func level(rate: Double) {
        let model = trained(80) { _, generator in Sampling().poisson(mean: rate, using: &generator) }
        #expect(abs(model.level / rate - 1) < 0.15, "\(model.level)")
        #expect(abs(Double(forecast(model).median) / rate - 1) < 0.35, "\(forecast(model))")
    }

    @Test("counts that vary more than chance alone would have them are foretold so")
    func dispersion() {
        let even = forecast(trained(120) { _, generator in Sampling().poisson(mean: 40, using: &generator) })
        let uneven = forecast(
            trained(120) { _, generator in
                let mean = 40 * Sampling().gamma(shape: 5, using: &generator) / 5
                return Sampling().poisson(mean: mean, using: &generator)
            })
        // Poisson counts have a standard deviation of 6.3 and two thirds of them lie within 12; these one of 19, and within 36.
        #expect((9...20).contains(even.high - even.low), "\(even)")
        #expect((26...60).contains(uneven.high - uneven.low), "\(uneven)")
    }

    @Test("how often the level jumps is learnt, and where to")
    func jumps() {
        // A burst of five windows every 25.
        let bursts = trained(250) { window, generator in
            Sampling().poisson(mean: window % 25 < 5 ? 160 : 20, using: &generator)
        }
        let calm = trained(250) { _, generator in Sampling().poisson(mean: 20, using: &generator) }
        let bin = LevelGrid.bin(LevelGrid.cell(Elementary.log(20 / 0.02) / LevelGrid.spacing))
        let often = bursts.jumps.hazard(bin, assumed: 0.01)
        let seldom = calm.jumps.hazard(bin, assumed: 0.01)
        // Once in 20 calm windows; never.
        #expect((0.03...0.09).contains(often), "\(often)")
        #expect(seldom < 0.01, "\(seldom)")
        #expect(often > 4 * seldom)
        func high(_ model: CountModel) -> Double {
            (0..<LevelGrid.count).filter { (100...250).contains(LevelGrid.level(Double($0))) }
                .reduce(0) { $0 + model.jumps.destination[bin * LevelGrid.count + $1] }
        }
        // What is assumed keeps a part of it.
        #expect(high(bursts) > 0.35 && high(bursts) > 2 * high(calm), "\(high(bursts)), \(high(calm))")
    }

    @Test("single windows that stand out leave the level where it is, and are expected again")
    func surges() {
        let model = trained(240) { window, generator in
            Sampling().poisson(mean: window % 20 == 19 ? 90 : 30, using: &generator)
        }
        #expect((0.025...0.08).contains(model.surges.chance), "\(model.surges.chance)")
        #expect(abs(model.level / 30 - 1) < 0.3, "\(model.level)")
    }

    @Test("futures are weighted, equal for equal generators, and of any counts")
    func futures() {
        for counts in [[], [0, 0, 0], [0, 100_000, 0, .max, -5, .min], [1, 2, 3]] as [[Int]] {
            var model = CountModel()
            model.begin(expecting: .nan)
            counts.forEach { model.observe($0) }
            for number in [1, 2, 3, 48] {
                var generator = PCG64(seed: Seed(1))
                var again = generator
                let futures = model.futures(number, windows: 3, using: &generator)
                #expect(futures == model.futures(number, windows: 3, using: &again))
                #expect(futures.count == number)
                #expect(abs(futures.reduce(0) { $0 + $1.weight } - 1) < 1e-9)
                #expect(futures.allSatisfy { $0.counts.count == 3 && $0.levels.count == 3 && $0.weight >= 0 })
                #expect(futures.allSatisfy { $0.counts.allSatisfy { $0 >= 0 } && $0.levels.allSatisfy(\.isFinite) })
            }
        }
    }
}
