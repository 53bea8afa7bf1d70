import Farm
import FarmPolicies
import Testing

@Suite struct ConcurrencyPolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 200, initial: 1))

    private func window(_ workers: Int, _ tasks: Int, at time: Double) -> WindowMetrics {
        .window(workers: workers, at: time) { $0.stages.first.queueLength = tasks }
    }

    @Test("outside of panic the mean of the stable window counts")
    func stable() throws {
        // 10 ready, but the episode began with 1, so not in panic.
        let windows = [window(1, 0, at: 5)] + (2...12).map { window(10, 10, at: Double($0) * 5) }
        let asked = try decisions("concurrency:target=1,utilisation=1", in: scenario, on: windows)
        #expect(asked[1] == 5)  // (0 + 10) / 2
        #expect(asked.last == 10)  // 110 / 12, rounded up
    }

    @Test("a panic window shorter than a step is the last step; at twice the ready workers panic begins")
    func panicBegins() throws {
        let calm = (1...12).map { window(1, 1, at: Double($0) * 5) }
        let asked = try decisions(
            "concurrency:utilisation=1", in: scenario, on: calm + [window(10, 19, at: 65), window(10, 20, at: 70)])
        #expect(asked[12] == 5)  // stable: (11 + 19) / 12, limited to half of the ready ones
        #expect(asked[13] == 20)
    }

    @Test("in panic the number never falls; a stable window after the last threshold it may")
    func panicEnds() throws {
        let surge = [window(1, 0, at: 5), window(1, 50, at: 10)]
        let calm = (3...20).map { window(50, 5, at: Double($0) * 5) }
        let asked = try decisions("concurrency:utilisation=1", in: scenario, on: surge + calm)
        // 6 s of panic window: 5 s of 50 tasks and 1 s of none. Last over the threshold at 10 s, so up to 70 s.
        #expect(asked[1...13].allSatisfy { $0 == 42 })
        #expect(asked[14] == 25)
    }

    @Test("a scale-down stops at half of the ready workers, a scale-up at up-rate times")
    func rates() throws {
        let asked = try decisions(
            "concurrency:utilisation=1,up-rate=3", in: scenario,
            on: [window(1, 0, at: 5), window(1, 100, at: 10)])
        #expect(asked[1] == 3)
        let down = try decisions(
            "concurrency:window=5,down-rate=4", in: scenario, on: [window(1, 0, at: 5), window(40, 0, at: 15)])
        #expect(down[1] == 10)
    }

    @Test("knative/serving#4795: an episode that begins with several workers keeps them for a stable window")
    func report107_beginning() throws {
        let windows = [window(7, 0, at: 0)] + (1...13).map { window(7, 0, at: Double($0) * 5) }
        let asked = try decisions("concurrency", in: scenario, on: windows)
        #expect(asked.dropLast().allSatisfy { $0 == 7 })
        #expect(asked.last == 3)
    }

    @Test(
        "knative/serving#3153: the load grows tenfold and stays; after panic the workers are not fewer than needed",
        arguments: [0.0, 10, 30])
    func report105_afterPanic(startUp: Double) throws {
        let bounds = WorkerBounds(min: 1, max: 200, initial: 4)
        let scenario = Scenario.plain(workers: bounds, startUp: startUp, steps: 120)
        let seen = try QueueModel.run("concurrency", scenario) { $0 < 100 ? 2 : 20 }
        let need = 20
        let there = try #require(seen.firstIndex { $0.time > 100 && $0.ready >= need })
        #expect(seen[there...].allSatisfy { $0.desired >= need && $0.ready >= need })
        // Panic did end: the number came down from what the backlog called for.
        let highest = seen.map(\.desired).max() ?? 0
        #expect(seen.last.map { $0.desired < highest || highest < 2 * need } == true)
    }

    @Test("knative/serving#9121: the same with a service time that the tasks wait for in a queue")
    func report105_afterPanicSlow() throws {
        let scenario = Scenario.plain(
            workers: WorkerBounds(min: 1, max: 200, initial: 6), service: 4, startUp: 5, step: 2, steps: 200)
        let seen = try QueueModel.run("concurrency", scenario) { $0 < 40 ? 1 : 10 }
        let there = try #require(seen.firstIndex { $0.time > 40 && $0.ready >= 40 })
        #expect(seen[there...].allSatisfy { $0.desired >= 40 })
    }

    @Test("the slower workers start, the further it overshoots")
    func overshoot() throws {
        let peaks = try [0.0, 10, 30].map { startUp in
            let bounds = WorkerBounds(min: 1, max: 1_000, initial: 4)
            let scenario = Scenario.plain(workers: bounds, startUp: startUp, steps: 120)
            return try QueueModel.run("concurrency", scenario) { $0 < 100 ? 2 : 20 }.map(\.desired).max() ?? 0
        }
        #expect(peaks[0] < peaks[1] && peaks[1] < peaks[2], "\(peaks)")
    }

    @Test("knative/serving#4344: a cold start's backlog calls for many workers, which are seen starting and go again")
    func report106_coldStart() throws {
        let scenario = Scenario.plain(
            workers: WorkerBounds(min: 0, max: 100, initial: 0), service: 0.1, startUp: 10, step: 1, steps: 200)
        let seen = try QueueModel.run("concurrency", scenario) { $0 <= 5 ? 6 : 0 }
        let tasks = 30.0
        #expect(seen.map(\.starting).max() ?? 0 >= 10)
        #expect(seen.allSatisfy { Double($0.desired) <= (tasks / 0.7).rounded(.up) })
        #expect(seen.last?.totals.done == 30)
        #expect(seen.last?.desired == 0)
    }
}
