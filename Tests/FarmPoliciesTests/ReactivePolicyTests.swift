import Farm
import FarmPolicies
import Testing

@Suite struct ReactivePolicyTests {
    private let paper = Scenario.plain(
        workers: WorkerBounds(min: 1, max: 32, initial: 12), service: 1.47, step: 8, steps: 30)

    private func action(_ policy: String, emitted: Int = 0, _ change: (inout WindowMetrics) -> Void) throws -> Int {
        var metrics = WindowMetrics.window(workers: 12, change)
        metrics.totals.emitted = emitted
        return try decisions(policy, in: paper, on: [metrics])[0] - 12
    }

    @Test("the paper's first observation takes a worker away")
    func firstObservation() throws {
        var metrics = WindowMetrics()
        (metrics.stages.first.workers.ready, metrics.stages.first.workers.desired) = (12, 12)
        #expect(try decisions("reactive-average", in: paper, on: [metrics]) == [11])
        #expect(try decisions("reactive-maximum", in: paper, on: [metrics]) == [11])
    }

    @Test("half a worker of difference is the threshold, both ways")
    func thresholds() throws {
        // Nothing active, S = 1.5: needed = 1.5 λ against 12 workers.
        for (rate, change) in [(12.5 / 1.5, 1), (12.49 / 1.5, 0), (11.51 / 1.5, 0), (11.49 / 1.5, -1)] {
            #expect(try action("reactive-average") { $0.stages.first.arrivalRate = rate } == change, "λ = \(rate)")
        }
    }

    @Test("the queue counts over the horizon, which grows with the response time")
    func horizon() throws {
        // S = 2, H = 8: 40 waiting are worth 10 workers, and 2 arrivals a second 4.
        #expect(
            try action("reactive-average") {
                ($0.stages.first.queueLength, $0.stages.first.arrivalRate, $0.responseTimeMean) = (40, 2, 2)
            } == 1)
        // 33 are worth 8.25: 12.25 in all, within the threshold.
        #expect(
            try action("reactive-average") {
                ($0.stages.first.queueLength, $0.stages.first.arrivalRate, $0.responseTimeMean) = (33, 2, 2)
            } == 0)
        // S = 16 = H: 12 waiting are worth 12 workers, not 24.
        #expect(try action("reactive-average") { ($0.stages.first.queueLength, $0.responseTimeMean) = (12, 16) } == 0)
    }

    @Test("busy workers count half for the average, whole for the maximum, of the tasks that are active")
    func busy() throws {
        // S = 4 = H/2, needed = 4 · 2.5 = 10. Active: 20 − 0 − 3 − 4 = 13, so 12 busy workers count 12 · 4/8 · adj.
        let change: (inout WindowMetrics) -> Void = {
            ($0.stages.first.arrivalRate, $0.responseTimeMean, $0.responseTimeMax) = (2.5, 4, 4)
            ($0.stages.first.collecting, $0.totals.done) = (3, 4)
        }
        #expect(try action("reactive-average", emitted: 20, change) == 1)  // 10 − (12 − 3) = 1
        #expect(try action("reactive-maximum", emitted: 20, change) == 1)  // 10 − (12 − 6) = 4
        #expect(try action("reactive-average", emitted: 0, change) == -1)  // 10 − 12
        // 10 tasks emitted: 3 active, 2 count: 10 − (12 − 2 · 4/8 · 0.5) = −1.5, and with the maximum −1.
        #expect(try action("reactive-average", emitted: 10, change) == -1)
        // 14 tasks, without those that are collected or done: 7 active, 6 count. −0.5 is the threshold.
        #expect(try action("reactive-average", emitted: 14, change) == -1)  // 10 − (12 − 1.5) = −0.5
        #expect(try action("reactive-average", emitted: 15, change) == 0)  // 10 − (12 − 1.75) = −0.25
        #expect(try action("reactive-maximum", emitted: 12, change) == 0)  // 10 − (12 − 2) = 0, with 4 that count
    }

    @Test("the maximum looks at the longest response time")
    func maximum() throws {
        let change: (inout WindowMetrics) -> Void = {
            ($0.stages.first.arrivalRate, $0.responseTimeMean, $0.responseTimeMax) = (7, 1, 2)
        }
        #expect(try action("reactive-average", change) == -1)
        #expect(try action("reactive-maximum", change) == 1)
    }

    @Test("times are 1.5 s when no task was done, and 0.1 s at least")
    func times() throws {
        #expect(try action("reactive-average") { $0.stages.first.arrivalRate = 8 } == 0)
        #expect(
            try action("reactive-average") { ($0.stages.first.arrivalRate, $0.responseTimeMean) = (120, 0.001) } == 0)
    }

    @Test("it never asks for fewer than the floor, and at once for the floor")
    func floor() throws {
        let seen = try QueueModel.run("reactive-average:floor=12", paper) { _ in 0.5 }
        #expect(seen.allSatisfy { $0.desired == 12 })
        #expect(try decisions("reactive-maximum:15", in: paper, on: [.window(workers: 3)]) == [15])
    }

    @Test("it follows a calm phase down, one worker a step, and is late for the jump: what the paper measured")
    func late() throws {
        let seen = try QueueModel.run("reactive-average", paper) { $0 < 60 ? 1.5 : 7.5 }
        let atTheJump = seen[7].desired
        #expect((4...7).contains(atTheJump))
        #expect(seen.map(\.queueLength).max() ?? 0 > 50)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { abs($1.desired - $0.desired) <= 1 })
    }
}
