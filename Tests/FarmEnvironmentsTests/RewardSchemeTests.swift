import Farm
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

struct RewardSchemeTests {
    private func terms(
        _ scheme: RewardScheme, _ metrics: WindowMetrics, end: FarmEnd? = nil, scenario: Scenario = .small()
    ) -> [String: Double] {
        var terms: [String: Double] = [:]
        scheme.forEachTerm(metrics, end: end, scale: FarmScale(scenario)) { terms[$0] = $1 }
        return terms
    }

    @Test func defaultWeighsAMissAsTwentyWorkerSeconds() {
        var metrics = WindowMetrics()
        metrics.missed = 2
        metrics.stages.first.paidWorkerSeconds = 16
        metrics.stages.first.workers.appliedDelta = 3
        metrics.stages.first.queueLength = 100
        metrics.lateSeconds = 9
        // Four tasks a step.
        let got = terms(.weights(RewardWeights()), metrics)
        #expect(got == ["miss": -0.5, "cost": -0.2, "change": 0, "queue": 0, "late_seconds": 0])
        var missed = WindowMetrics()
        missed.missed = 1
        var paid = WindowMetrics()
        paid.stages.first.paidWorkerSeconds = 20
        let scheme = RewardScheme.weights(RewardWeights())
        #expect(terms(scheme, missed)["miss"] == terms(scheme, paid)["cost"])
    }

    @Test func allWeightsByHand() throws {
        var metrics = WindowMetrics()
        metrics.missed = 2
        metrics.stages.first.paidWorkerSeconds = 16
        metrics.stages.first.workers.appliedDelta = -3
        metrics.stages.first.queueLength = 8
        metrics.lateSeconds = 2
        let scheme = try RewardScheme(
            .dictionary(["miss": 2, "cost": 0.5, "change": 0.25, "queue": 0.5, "late_seconds": 1]))
        let got = terms(scheme, metrics)
        #expect(got == ["miss": -1, "cost": -2, "change": -0.75, "queue": -1, "late_seconds": -0.5])
    }

    @Test func weightsNotNamedKeepTheirDefaults() throws {
        guard case .weights(let weights) = try RewardScheme(.dictionary(["cost": 1])) else {
            return #expect(Bool(false))
        }
        #expect(weights.cost == 1 && weights.miss == 1 && weights.change == 0)
        #expect(try RewardScheme(.dict([])) == RewardScheme("default"))
    }

    @Test("Per work a reward is over the worker-seconds of a step, per rule over what a rule's step costs")
    func whatARewardIsPer() throws {
        var metrics = WindowMetrics()
        metrics.missed = 2
        metrics.stages.first.paidWorkerSeconds = 10
        // Four tasks of half a second a step.
        let work = terms(try RewardScheme(.dictionary(["cost": 0.1, "per": "work"])), metrics)
        #expect(work["miss"] == -1 && work["cost"] == -0.5)
        let tasks = terms(try RewardScheme(.dictionary(["cost": 0.1, "per": "tasks"])), metrics)
        #expect(tasks["miss"] == -0.5 && tasks["cost"] == -0.25)
        // Where no rule has played, it is over 1.
        let rule = terms(try RewardScheme(.dictionary(["cost": 0.1, "per": "rule"])), metrics)
        #expect(rule["miss"] == -2 && rule["cost"] == -1)
        let refused = try #require(refusal { _ = try RewardScheme(.dictionary(["per": "task"])) })
        #expect(refused.message.contains("tasks, work, rule"))
    }

    @Test func valuesReadAsThemselves() throws {
        for value in ["paper", "default", .dictionary(["queue": 0.5]), .dictionary(["per": "work"])] as [Value] {
            let scheme = try RewardScheme(value)
            #expect(try RewardScheme(scheme.value) == scheme)
        }
        #expect(try RewardScheme("paper").value == "paper")
        #expect(try RewardScheme("default").value == "default")
    }

    @Test(
        arguments: [
            "", "Default", "papr", 1, .tuple([]), .dictionary(["mis": 1]), .dictionary(["miss": -1]),
            .dictionary(["miss": "1"]),
            .dictionary(["miss": true]), .dictionary(["cost": .number(.nan)]),
            .dictionary(["cost": .number(.infinity)]),
            .dictionary(["cost": 1e7]),
        ] as [Value])
    func rubbishIsRefused(_ value: Value) throws {
        let refused = try #require(refusal { _ = try RewardScheme(value) })
        #expect(refused.argument == "reward")
    }

    @Test func aMisspeltWeightIsTold() throws {
        let refused = try #require(refusal { _ = try RewardScheme(.dictionary(["late_second": 1])) })
        #expect(refused.message.contains("did you mean \"late_seconds\""))
    }

    @Test func rewardsAreFiniteWhateverTheFarmSays() throws {
        var generator = PCG64(seed: Seed(7))
        let heavy = try RewardScheme(
            .dictionary(["miss": 1e6, "cost": 1e6, "change": 1e6, "queue": 1e6, "late_seconds": 1e6]))
        for scheme in [RewardScheme.paper, .weights(RewardWeights()), heavy] {
            var process = try DecisionProcess(scenario: .small(), reward: scheme)
            for step in 0..<3_000 {
                let ends: [FarmEnd?] = [nil, .finished, .horizon, .broken("gone")]
                let outcome = process.step(.wild(using: &generator), end: ends[step % 4])
                #expect(outcome.reward.isFinite)
            }
        }
    }

    /// A farm whose tasks all come from outside.
    private static func outside() -> Scenario {
        var scenario = Scenario.small()
        scenario.arrivals = .phases([.init(name: "none", seconds: 40, rate: .constant(0))])
        return scenario
    }

    @Test func ofTasksFromOutsideThoseThatCameAreWhatARewardIsDividedBy() {
        var metrics = WindowMetrics()
        metrics.stages.first.paidWorkerSeconds = 20
        let scheme = RewardScheme.weights(RewardWeights())
        // Nothing has come: as if one task did.
        #expect(terms(scheme, metrics, scenario: Self.outside())["cost"] == -1)
        metrics.missed = 5
        metrics.step = 2
        metrics.totals.emitted = 20
        let got = terms(scheme, metrics, scenario: Self.outside())
        #expect(got["cost"] == -0.1 && got["miss"] == -0.5)
        metrics.totals.done = 12
        #expect(terms(.paper, metrics, end: .horizon, scenario: Self.outside())["terminal"] == -16)
    }

    @Test(
        "What a step is worth and what is seen of it stay in proportion in every scenario, without tasks too",
        arguments: Scenario.presetNames + ["none", "one", "rare", "instant"])
    func proportion(name: String) throws {
        var scenario = Self.outside()
        switch name {
        case "none": break
        case "one": scenario.arrivals = .bag(try TaskBag([TaskBag.Entry(id: "a", at: 1)]))
        case "rare": scenario.arrivals = .phases([.init(name: "all", seconds: 40, rate: .constant(1e-9))])
        case "instant": scenario.stages.first.workers = WorkerBounds(min: 3, max: 3, initial: 3)
        default: scenario = try Scenario.preset(name)
        }
        for reward in [RewardScheme.paper, .weights(RewardWeights())] {
            var process = try DecisionProcess(scenario: scenario, reward: reward)
            var farm = WindowMetrics()
            farm.stages.first.workers.desired = scenario.workers.initial
            process.begin(farm)
            for step in 1...min(scenario.steps, 20) {
                var metrics = farm
                metrics.step = step
                metrics.windowSeconds = scenario.stepSeconds
                metrics.time = Double(step) * scenario.stepSeconds
                metrics.stages.first.paidWorkerSeconds = Double(scenario.workers.initial) * scenario.stepSeconds
                let outcome = process.step(metrics, end: step == scenario.steps ? .horizon : nil)
                #expect(abs(outcome.reward) < 1e3)
                #expect(process.observation.allSatisfy { (0...1).contains($0) })
            }
        }
    }
}
