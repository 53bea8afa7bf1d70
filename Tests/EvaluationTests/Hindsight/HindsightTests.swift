import Farm
import FarmEnvironments
import FarmPolicies
import Gymnasium
import Randomness
import Testing

@testable import Evaluation

@Suite("The best plan of an episode")
struct HindsightTests {
    /// A few windows, few workers, and bursts that some of them are too few for.
    private static func small(
        _ seed: UInt64, steps: Int = 5, most: Int = 3, scaling: Scaling = .unblocked, platform: Platform = Platform()
    ) -> Scenario {
        var generator = PCG64(seed: Seed(seed))
        func rate() -> Arrivals.Rate { .constant(0.2 + 3 * generator.nextDouble()) }
        return Scenario(
            name: "small",
            arrivals: .phases((0..<3).map { .init(name: "p\($0)", seconds: Double(steps) * 4 / 3, rate: rate()) }),
            service: ServiceTime(.exponential(mean: 1)), deadline: DeadlineRule(factor: 0, min: 2.5, max: 2.5),
            workers: WorkerBounds(min: 1, max: most, initial: 2),
            startUp: StartUpDelay(mean: 3, standardDeviation: 0.5),
            stepSeconds: 4, steps: steps, scaling: scaling, platform: platform)
    }

    private static func rewards(cost: Double) -> RewardScheme {
        var weights = RewardWeights()
        weights.cost = cost
        return .weights(weights)
    }

    /// Every plan there is.
    private static func exhaustive(_ runner: EpisodeRunner, seed: UInt64) -> Double {
        let bounds = runner.scenario.workers
        let steps = runner.scenario.steps
        let numbers = bounds.max - bounds.min + 1
        var count = 1
        for _ in 0..<steps { count *= numbers }
        var best = -Double.infinity
        for code in 0..<count {
            var rest = code
            let plan = (0..<steps).map { _ in
                defer { rest /= numbers }
                return Staffing(bounds.min + rest % numbers)
            }
            best = max(best, runner.run(PlannedPolicy(plan), seed: Seed(seed), number: seed).result.reward)
        }
        return best
    }

    @Test(
        "Of a small episode it is the best of all plans, with any action",
        arguments: [ActionScheme.target, .paper], [0.03, 0.2])
    func exhaustive(action: ActionScheme, cost: Double) throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            let runner = try EpisodeRunner(Self.small(seed), action: action, reward: Self.rewards(cost: cost))
            let found = Hindsight(runner, budget: 200).best(seed: Seed(seed), number: seed)
            #expect(abs(found.reward - Self.exhaustive(runner, seed: seed)) < 1e-9, "seed \(seed)")
        }
    }

    @Test("So it is where scaling is waited for, and where the platform polls")
    func platforms() throws {
        var polls = Platform()
        (polls.idlePoll, polls.collectPoll, polls.stopPoll, polls.stop) = (0.2, 0.2, 0.5, [0.3, 0.9])
        for (scaling, platform) in [(Scaling.blocking, Platform()), (.unblocked, polls), (.blocking, polls)] {
            for seed in 1...3 as ClosedRange<UInt64> {
                let scenario = Self.small(seed, steps: 4, scaling: scaling, platform: platform)
                let runner = try EpisodeRunner(scenario, action: .target, reward: Self.rewards(cost: 0.05))
                let found = Hindsight(runner, budget: 200).best(seed: Seed(seed), number: seed)
                #expect(abs(found.reward - Self.exhaustive(runner, seed: seed)) < 1e-9, "\(scaling), seed \(seed)")
            }
        }
    }

    @Test("A step costs the same in the model and in the simulator")
    func states() throws {
        for name in ["shuffled", "demo", "burst"] {
            let scenario = try Scenario.preset(name)
            let tape = TaskTape(scenario, seed: Seed(3))
            let prices = SearchPrices(miss: 1, worker: 0.03, change: 0.1, queue: 0.2)
            let process = try DecisionProcess(scenario: scenario)
            var modelled = try #require(
                ModelledStates(
                    scenario, tape, seed: Seed(3), prices: prices, countsUndecided: true, count: 2))
            var simulated = SimulatedStates(
                scenario, tape, seed: Seed(3), process: process, prices: prices, backlogPrices: prices, count: 2)
            modelled.begin(0)
            simulated.begin(0)
            var generator = PCG64(seed: Seed(4))
            for step in 0..<scenario.steps {
                let target = scenario.workers.clamp(Int(generator.next() % 16))
                let slot = (step + 1) % 2
                modelled.copy(1 - slot, to: slot)
                simulated.copy(1 - slot, to: slot)
                let (one, other) = (modelled.play(slot, target), simulated.play(slot, target))
                #expect(abs(one.cost - other.cost) < 1e-6)
                #expect(one.isOver == other.isOver)
                #expect(modelled.desired(slot) == simulated.desired(slot))
                #expect((modelled.backlog(slot) > 0) == (simulated.backlog(slot) > 0))
            }
        }
    }

    @Test("Equal budgets find equal plans")
    func deterministic() throws {
        let runner = try EpisodeRunner(try .preset("shuffled"), action: .target, reward: Self.rewards(cost: 0.03))
        let found = (0..<2).map { _ in Hindsight(runner, budget: 100, leastTasks: 0).best(seed: Seed(9), number: 9) }
        #expect(found[0] == found[1])
    }

    @Test("A reward that is no sum is searched too")
    func paperReward() throws {
        let runner = try EpisodeRunner(try .preset("demo"), action: .delta(2), reward: .paper)
        let fixed = try (2...12).map { try PolicyCatalogue.policy("static:\($0)") }
        let found = Hindsight(runner, rivals: fixed, budget: 150).best(seed: Seed(9), number: 9)
        let best = fixed.map { runner.run($0, seed: Seed(9), number: 9).result.reward }.max() ?? 0
        #expect(found.reward > best)
    }

    @Test("A goal that can be kept is kept, for less than by any fixed number")
    func goal() throws {
        let runner = try EpisodeRunner(try .preset("shuffled"), action: .target, reward: Self.rewards(cost: 0.03))
        let goal = try Goal("qos>=0.98")
        let fixed = try (1...32).map { try PolicyCatalogue.policy("static:\($0)") }
        let found = Hindsight(runner, objective: .goal(goal), rivals: fixed, budget: 300, leastTasks: 0).best(
            seed: Seed(9), number: 9)
        #expect(found.qos >= 0.98)
        let kept = fixed.map { runner.run($0, seed: Seed(9), number: 9).result }.filter { $0.qos >= 0.98 }
        #expect(found.workerSeconds < 0.95 * (kept.map(\.workerSeconds).min() ?? 0))
    }

    @Test("A backlog is worked off, not given up for the price of its workers")
    func giveUpTrap() throws {
        // A burst far beyond what a few workers can do, and then a long steady load.
        let scenario = Scenario(
            name: "trap",
            arrivals: .phases([
                .init(name: "burst", seconds: 80, rate: .constant(40)),
                .init(name: "steady", seconds: 1_520, rate: .constant(6)),
            ]), service: ServiceTime(.exponential(mean: 1)), deadline: DeadlineRule(factor: 0, min: 3, max: 3),
            workers: WorkerBounds(min: 1, max: 20, initial: 4), startUp: StartUpDelay(mean: 6), stepSeconds: 8,
            steps: 200)
        let runner = try EpisodeRunner(scenario, action: .target, reward: Self.rewards(cost: 0.03))
        let found = Hindsight(runner, budget: 150).best(seed: Seed(2), number: 2)
        let most = runner.run(try PolicyCatalogue.policy("static:20"), seed: Seed(2), number: 2).result
        #expect(found.qos > 0.97 * most.qos)
        #expect(found.reward > most.reward)
    }
}

@Suite struct BeamShapeTests {
    @Test(
        "A beam plays no more windows a step than it may, nearly",
        arguments: [3, 40, 400, 2_000], [(32, 32), (32, 1), (40, 3), (200, 200), (1, 1)])
    func budget(budget: Int, form: (numbers: Int, reach: Int)) {
        let shape = BeamShape(budget: budget, numbers: form.numbers, reach: form.reach)
        #expect(shape.width >= 1 && shape.offsets.contains(0))
        var tried = 0
        for number in 0..<form.numbers {
            tried += Set(shape.offsets.map { min(max(number + $0, 0), form.numbers - 1) }).count
        }
        // From an average number.
        #expect(shape.width * tried / form.numbers <= max(budget, tried))
        #expect(shape.offsets.allSatisfy { abs($0) <= max(form.reach, 1) })
    }
}
