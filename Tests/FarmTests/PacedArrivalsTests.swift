import Randomness
import TestSupport
import Testing

@testable import Farm

struct PacedArrivalsTests {
    private func paced() throws -> PacedArrivals {
        guard case .paced(let paced) = try Scenario.preset("paper-as-run").arrivals else {
            throw FarmError(.inconsistent, "paper-as-run is not paced")
        }
        return paced
    }

    @Test("Phases last as long as those of the published code: the first 45.8 ± 6.2 s, the others 59.6 ± 3 to 4 s")
    func lengths() throws {
        let paced = try paced()
        let seeds = 1_000
        let starts = (0..<UInt64(seeds)).map { seed in
            let times = Arrivals.paced(paced).times(seed: seed, horizon: 240)
            return [times[0], times[90], times[540], times[840]]
        }
        let lengths = (0..<3).map { phase in Moments(starts.map { $0[phase + 1] - $0[phase] }) }
        // The published figures are of 300 draws themselves.
        let error = (1 / Double(seeds) + 1.0 / 300).squareRoot()
        #expect(abs(lengths[0].mean - 45.8) < 4 * 6.2 * error, "\(lengths[0].mean)")
        #expect(abs(lengths[0].variance.squareRoot() - 6.2) < 4 * 6.2 * error / 2.0.squareRoot())
        for length in lengths.dropFirst() {
            #expect(abs(length.mean - 59.6) < 4 * 4 * error, "\(length.mean)")
            #expect((2.7...4.5).contains(length.variance.squareRoot()), "\(length.variance.squareRoot())")
        }
    }

    @Test("Every episode has all tasks, in order, the first at its uniform start", arguments: 0..<30)
    func counts(seed: UInt64) throws {
        let paced = try paced()
        let times = Arrivals.paced(paced).times(seed: seed, horizon: 240)
        #expect(times.count == 1_140 && paced.taskCount == 1_140)
        #expect(times == times.sorted())
        #expect((paced.startMin...paced.startMax).contains(times[0]))
    }

    @Test("Starts are uniform over their bounds")
    func starts() throws {
        let starts = Moments((0..<2_000).map { PacedArrivals.start(of: $0) })
        #expect(abs(starts.mean - 0.6) < 0.02 && abs(starts.variance - 0.03) < 0.003)
    }

    @Test("Phases within which nothing oscillates: flat rates, in every quarter")
    func flat() throws {
        let paced = try paced()
        var quarters = [0.0, 0, 0, 0]
        for seed in 0..<200 {
            let times = Array(Arrivals.paced(paced).times(seed: UInt64(seed), horizon: 240)[540..<840])
            let length = (times[299] - times[0]) * 1.000_001
            for time in times { quarters[Int((time - times[0]) / length * 4)] += 1 }
        }
        for quarter in quarters { #expect(abs(quarter / 15_000 - 1) < 0.04, "\(quarters)") }
    }

    @Test(
        "One window holds all its tasks: the first at once, exponential gaps of the window's length over their number")
    func oneWindow() {
        let paced = PacedArrivals(phases: [.init(name: "a", tasks: 50, windows: 1)], windowSeconds: 10)
        let gaps = Moments(
            (0..<UInt64(200)).flatMap { seed in
                let times = Arrivals.paced(paced).times(seed: seed)
                return zip(times.dropFirst(), times).map { $0 - $1 }
            })
        #expect(gaps.values.count == 200 * 49)
        #expect(abs(gaps.mean - 0.2) < 5 * 0.2 / 9_800.0.squareRoot())
        #expect(abs(gaps.variance - 0.04) < 5 * 0.04 * (8.0 / 9_800).squareRoot())
    }

    @Test("A phase without tasks is passed over")
    func empty() {
        let paced = PacedArrivals(
            phases: [
                .init(name: "none", tasks: 0, windows: 9), .init(name: "some", tasks: 3, windows: 2),
                .init(name: "none", tasks: 0, windows: 9),
            ])
        #expect(Arrivals.paced(paced).times(seed: 1).count == 3)
    }

    @Test("Phases to come count down from one less than there are")
    func phasesToCome() throws {
        let scenario = try Scenario.preset("paper-as-run")
        var generator = EpisodeStream.arrivals.generator(Seed(3))
        var cursor = ArrivalCursor(scenario, using: &generator)
        var seen: [Int] = []
        var time = 0.0
        var next = cursor.next(using: &generator)
        // The cursor is at most one task ahead, as in a farm.
        while time < 300 {
            while next <= time { next = cursor.next(using: &generator) }
            let toCome = cursor.phasesToCome(at: time)
            if seen.last != toCome { seen.append(toCome) }
            time += 0.05
        }
        #expect(seen == [3, 2, 1, 0])
    }

    @Test("Expected counts go by the nominal lengths")
    func expectedCounts() throws {
        let arrivals = Arrivals.paced(try paced())
        #expect([0, 30, 60, 120, 240, 500].map(arrivals.expectedCount) == [0, 45, 90, 540, 1_140, 1_140])
        #expect(arrivals.isFixedCount)
    }
}

extension PacedArrivals {
    fileprivate static func start(of seed: UInt64) -> Double {
        let paced = PacedArrivals(phases: [.init(name: "a", tasks: 1, windows: 1)], startMin: 0.3, startMax: 0.9)
        return Arrivals.paced(paced).times(seed: seed)[0]
    }
}
