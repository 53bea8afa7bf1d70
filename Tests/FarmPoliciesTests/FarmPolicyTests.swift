import Farm
import FarmPolicies
import TestSupport
import Testing

@Suite struct FarmPolicyTests {
    static let texts = [
        "static:12", "reactive-average", "reactive-maximum", "reactive-average:floor=3", "ratchet",
        "timetable:0=12,2=17,15=13", "queue-length", "queue-length:stabilisation=0,cooldown=0", "target-utilisation",
        "target-utilisation:stabilisation=0,tolerance=0", "concurrency", "concurrency:window=6,target=0.01",
        "openfaas-rps", "openfaas-rps:target=0.5,down-window=60", "openfaas-rps:mode=alert",
        "openfaas-rps:mode=alert,factor=0", "openfaas-rps:mode=alert,repeat=0", "forecast",
        "forecast:cost=0.03,stabilisation=60", "forecast:period=100,peak=0.5,headroom=2",
    ]

    /// A window of numbers that no farm has.
    static func strange(_ generator: inout SplitMix64, at time: Double) -> WindowMetrics {
        let doubles = [0, 0.5, 1, 8, 1e300, -1, .infinity, -.infinity, .nan]
        let counts = [0, 1, 7, 500, 10_000, Int.max, Int.min, -1]
        func number() -> Double { doubles.randomElement(using: &generator) ?? 0 }
        func count() -> Int { counts.randomElement(using: &generator) ?? 0 }
        var metrics = WindowMetrics()
        metrics.time = Bool.random(using: &generator) ? time : number()
        metrics.windowSeconds = Bool.random(using: &generator) ? 5 : number()
        (metrics.stages.first.queueLength, metrics.stages.first.running, metrics.stages.first.collecting) = (
            count(), count(), count()
        )
        (
            metrics.stages.first.workers.ready, metrics.stages.first.workers.starting,
            metrics.stages.first.workers.draining, metrics.stages.first.workers.desired
        ) = (count(), count(), count(), count())
        (metrics.stages.first.arrivalRate, metrics.stages.first.utilisation) = (number(), number())
        metrics.responseTimeMean = Bool.random(using: &generator) ? nil : number()
        metrics.responseTimeMax = Bool.random(using: &generator) ? nil : number()
        (metrics.stages.first.completions, metrics.met) = (count(), 3)
        (metrics.stages.first.arrivals, metrics.stages.first.recentArrivalRate) = (count(), number())
        (metrics.stages.first.serviceTimeMean, metrics.stages.first.serviceTimeP95) = (number(), number())
        (metrics.stages.first.paidWorkerSeconds, metrics.stages.first.readyWorkerSeconds) = (number(), number())
        (metrics.stages.first.workers.starts, metrics.stages.first.workers.appliedDelta) = (count(), count())
        metrics.missed = 1
        (metrics.totals.emitted, metrics.totals.done) = (count(), count())
        metrics.isStale = Bool.random(using: &generator)
        return metrics
    }

    @Test("no metrics make it trap, and it asks for 0 or more", arguments: texts)
    func strangeMetrics(text: String) throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 40, initial: 5))
        var generator = SplitMix64(seed: 7)
        var policy = try PolicyCatalogue.policy(text)
        for _ in 0..<200 {
            policy.begin(scenario)
            for step in 0..<20 {
                let asked = policy.staffing(after: FarmPolicyTests.strange(&generator, at: Double(step) * 5)).first
                #expect(asked >= 0)
            }
        }
    }

    @Test("an episode is decided as if there had been none before", arguments: texts)
    func forgets(text: String) throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 40, initial: 5), startUp: 5, steps: 60)
        let seen = try QueueModel.run(text, scenario) { $0 < 100 ? 3 : $0 < 200 ? 20 : 1 }
        var policy = try PolicyCatalogue.policy(text)
        var episodes: [[Int]] = []
        for _ in 0..<2 {
            policy.begin(scenario)
            episodes.append(seen.map { policy.staffing(after: $0).first })
        }
        #expect(episodes[0] == episodes[1])
        #expect(zip(episodes[0], seen.dropFirst()).allSatisfy { scenario.workers.clamp($0) == $1.desired })
    }

    @Test("no worker ready and 500 tasks waiting: those that see the queue ask for more", arguments: texts)
    func overload(text: String) throws {
        let metrics = WindowMetrics.window(workers: 0) {
            ($0.stages.first.workers.desired, $0.stages.first.queueLength, $0.stages.first.arrivalRate) = (5, 500, 10)
            ($0.totals.emitted, $0.totals.queued) = (500, 500)
        }
        let asked = try decisions(
            text, in: .plain(workers: WorkerBounds(min: 1, max: 40, initial: 5)), on: [metrics])[0]
        let isBlind = ["static", "ratchet", "openfaas"].contains { text.hasPrefix($0) }
        #expect(isBlind ? asked >= 5 : asked > 5)
    }

    @Test("with one number of workers allowed it runs through, tasks or none", arguments: texts)
    func oneNumber(text: String) throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 3, max: 3, initial: 3), steps: 40)
        for rate in [0.0, 2, 50] {
            let seen = try QueueModel.run(text, scenario) { _ in rate }
            #expect(seen.allSatisfy { $0.desired == 3 })
        }
    }
}
