import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import FarmSimulator
import Foundation
import Gymnasium
import Learning
import Randomness
import Steering
import StubGateway
import Synchronization
import Testing

@testable import SteeringSources

@Suite("Policies as what recommends")
struct RuleRecommenderTests {
    private var settings: SteeringSettings {
        var settings = SteeringSettings(function: "resize")
        settings.workers = WorkerBounds(min: 0, max: 40, initial: 2)
        return settings
    }

    /// What a gateway's metrics tell, period by period.
    private func sighting(_ step: Int, arrivals: Int = 40, running: Int = 6, response: Double = 0.5) -> Sighting {
        var sighting = Sighting(time: 1_000 + 10 * Double(step), seconds: step == 0 ? 0 : 10)
        (sighting.arrivals, sighting.completions, sighting.failures) =
            step == 0 ? (0, 0, 0) : (arrivals, arrivals, 0)
        sighting.running = running
        sighting.responseSeconds = step == 0 ? nil : response
        return sighting
    }

    private func metrics(
        _ sighting: Sighting?, workers: Int = 8, begun: Double = 1_000, step: Int, isFresh: Bool = true
    ) -> WindowMetrics {
        let time = 1_000 + 10 * Double(step)
        return WindowMetrics(
            sighting, workers: WorkersSeen(time: time, asked: workers, ready: workers), asked: workers, begun: begun,
            now: time, step: step, staleAfter: 30, isFresh: isFresh)
    }

    private static let gatewayAbsences: MetricAbsences = [.queue, .oldestAge, .utilisation, .service, .calls]

    @Test(
        "a policy that needs what the source cannot tell is refused, and what can be estimated is told",
        arguments: [
            ("static:3", [.arrivals, .running, .queue], nil), ("forecast", gatewayAbsences, nil),
            ("experts", gatewayAbsences, nil), ("lookahead", [.queue, .running, .response], nil),
            ("queue-length", gatewayAbsences, nil), ("concurrency:0.5", gatewayAbsences, nil),
            ("target-utilisation", gatewayAbsences, nil), ("guarded:queue-length", gatewayAbsences, nil),
            ("openfaas-rps", gatewayAbsences, nil), ("ratchet", gatewayAbsences, nil),
            ("ratchet", [.deadlines], "ratchet needs what the source cannot tell: deadlines"),
            ("queue-length", [.queue, .running, .response], "queue, running"),
            ("guarded:static:3", [.arrivals], "arrivals"), ("forecast", [.arrivals], "arrivals"),
            ("openfaas-rps", [.completions, .response], "completions"), ("statc:3", [], "did you mean"),
            ("nothing.safetensors", [], "nothing.safetensors"),
        ] as [(String, MetricAbsences, String?)])
    func needs(text: String, absences: MetricAbsences, refusal: String?) throws {
        guard let refusal else {
            _ = try RuleRecommender(text, settings: settings, absences: absences)
            return
        }
        let error = try #require(throws: SteeringFailure.self) {
            _ = try RuleRecommender(text, settings: settings, absences: absences)
        }
        #expect(error.description.contains(refusal), "\(error)")
    }

    @Test("is named by its canonical text, and its digest is that text's")
    func digest() async throws {
        let recommender = try RuleRecommender(" static:workers=3", settings: settings, absences: [])
        #expect(recommender.name == "static:3")
        #expect(recommender.digest == "e557f66031683379879d325eee8e232e22d7cd1b5790db503f0fc095ab573f4f")
        #expect(FixedRecommender(3).digest == recommender.digest)
        #expect(try await FixedRecommender(3).recommend(after: WindowMetrics()) == 3)
        #expect(try await recommender.recommend(after: metrics(nil, step: 0)) == 3)
    }

    @Test("every rule of the catalogue finds a number from a gateway's metrics alone")
    func catalogue() async throws {
        for text in PolicyCatalogue.all.map({ $0.name == "static" ? "static:3" : $0.name })
        where text != "timetable" && text != "ratchet" {
            let recommender = try RuleRecommender(
                text, settings: settings, absences: Self.gatewayAbsences.union(.deadlines))
            var last = 0
            for step in 0..<(text == "experts" ? 4 : 12) {
                last = try await recommender.recommend(after: metrics(sighting(step), step: step))
            }
            // 4 calls a second of half a second each.
            #expect((1...20).contains(last), "\(text): \(last)")
        }
    }

    @Test(
        "a need is met: calls beyond the workers are a backlog, and bring more of them",
        arguments: ["forecast", "lookahead"])
    func backlog(text: String) async throws {
        var numbers: [Int] = []
        for running in [3, 300] {
            let recommender = try RuleRecommender(text, settings: settings, absences: Self.gatewayAbsences)
            var last = 0
            for step in 0..<5 {
                last = try await recommender.recommend(
                    after: metrics(sighting(step, running: running, response: 3), workers: 4, step: step))
            }
            numbers.append(last)
        }
        #expect(numbers[1] > 2 * numbers[0], "\(numbers)")
    }

    @Test("nothing new is no window: the number stays, and nothing is learnt twice")
    func blindPeriods() async throws {
        let plain = try RuleRecommender("forecast", settings: settings, absences: Self.gatewayAbsences)
        let blind = try RuleRecommender("forecast", settings: settings, absences: Self.gatewayAbsences)
        for step in 0..<6 {
            let expected = try await plain.recommend(after: metrics(sighting(step), step: step))
            #expect(try await blind.recommend(after: metrics(sighting(step), step: step)) == expected)
            for _ in 0..<3 {
                let stale = metrics(sighting(step), workers: 5, step: step, isFresh: false)
                #expect(try await blind.recommend(after: stale) == 5)
            }
        }
    }

    @Test("before anything was seen there is no number, and where a need is missing now, neither")
    func unknown() async throws {
        let recommender = try RuleRecommender("queue-length", settings: settings, absences: Self.gatewayAbsences)
        #expect(
            try await failure { _ = try await recommender.recommend(after: metrics(nil, step: 0)) }.description
                .contains("nothing of the load"))
        _ = try await recommender.recommend(after: metrics(sighting(0), step: 0))
        var lost = sighting(1)
        (lost.running, lost.responseSeconds) = (nil, nil)
        #expect(
            try await failure { _ = try await recommender.recommend(after: metrics(lost, step: 1)) }.description
                .contains("queue, running"))
    }

    @Test(
        "after a replay a policy knows what it knew",
        arguments: ["forecast:stabilisation=60", "lookahead:samples=4", "openfaas-rps:target=1"])
    func replay(text: String) async throws {
        var generator = PCG64(seed: Seed(3))
        let sightings = (0..<24).map { step in sighting(step, arrivals: 20 + Int(generator.nextDouble() * 60)) }
        let whole = try RuleRecommender(text, settings: settings, absences: Self.gatewayAbsences)
        let clock = Mutex(0.0)
        let reborn = try RuleRecommender(text, settings: settings, absences: Self.gatewayAbsences) {
            clock.withLock { $0 }
        }
        var decisions: [SteeringDecision] = []
        for step in 0..<20 {
            let number = try await whole.recommend(after: metrics(sightings[step], step: step))
            let time = 1_000 + 10 * Double(step)
            decisions.append(
                SteeringDecision(
                    number: step + 1, time: time, function: "resize", mode: .advise, sighting: sightings[step],
                    blindness: nil, inputAge: 0, workers: WorkersSeen(time: time, asked: 8, ready: 8), before: 8,
                    recommended: number, fault: nil, author: .policy, proposed: number, refusals: [], asked: number,
                    policy: text, digest: ""))
        }
        // A period without a sighting of its own has nothing new.
        var blind = decisions[19]
        (blind.number, blind.time, blind.blindness) = (21, 1_195, "away")
        #expect(await reborn.replay(decisions.reversed() + [blind]) == 20)
        for step in 20..<24 {
            clock.withLock { $0 = 1_000 + 10 * Double(step) }
            // The new program began with step 20.
            var later = metrics(sightings[step], begun: 1_200, step: step)
            later.step = step - 20
            let expected = try await whole.recommend(after: metrics(sightings[step], step: step))
            #expect(try await reborn.recommend(after: later) == expected)
        }
    }

    @Test("an agent's weights steer, alone and guarded, and their digest is the file's")
    func checkpoint() async throws {
        var registry = EnvironmentRegistry()
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": Backend(simulator: "simulator") { SimulatedFarm($0) }],
            defaultBackend: "simulator")
        let arguments = [
            Value.Entry("action", "need"), Value.Entry("observation", "relative"),
            Value.Entry("scenario", "family:general"),
        ]
        var configuration = PPOConfiguration()
        (configuration.environments, configuration.stepsPerRound, configuration.hidden) = (2, 8, [8])
        let vector = try await registry.makeVector(
            FarmEnvironmentRegistration.id, EnvironmentRegistry.Arguments(entries: arguments), count: 2,
            autoresetMode: .sameStep)
        let learner = try PPO(vector, configuration)
        try learner.train(until: 16) { _ in true }
        let file = NSTemporaryDirectory() + "agent-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try learner.checkpoint().save(to: file)

        let agent = try RuleRecommender(file, settings: settings, absences: Self.gatewayAbsences)
        let bytes = try #require(FileManager.default.contents(atPath: file))
        #expect(agent.digest == Checkpoint.sha256(Array(bytes)))
        let guarded = try RuleRecommender("guarded:" + file, settings: settings, absences: Self.gatewayAbsences)
        #expect(guarded.digest != agent.digest)
        for step in 0..<3 {
            var seen = sighting(step)
            (seen.met, seen.missed) = (seen.arrivals, 0)
            for recommender in [agent, guarded] {
                let number = try await recommender.recommend(after: metrics(seen, step: step))
                #expect(number >= 0)
            }
        }
        let error = try #require(throws: SteeringFailure.self) {
            _ = try RuleRecommender(file, settings: settings, absences: [.deadlines])
        }
        #expect(error.description.contains("deadlines"))
    }

    @Test("counts of a function's calls stay consistent, as a farm's do")
    func totals() throws {
        struct Watching: FarmPolicy {
            let seen: @Sendable (WindowMetrics) -> Void
            var name: String { "watching" }
            mutating func begin(_ scenario: Scenario) {}
            mutating func staffing(after metrics: WindowMetrics) -> Staffing {
                seen(metrics)
                return metrics.staffing
            }
        }
        let seen = Mutex<[WindowMetrics]>([])
        var course = RuleCourse(
            Watching { metrics in seen.withLock { $0.append(metrics) } }, Scenario(settings))
        for step in 0..<4 {
            var told = sighting(step, running: 12)
            if step > 0 { told.failures = 3 }
            _ = try course.number(after: metrics(told, workers: 8 + step, step: step), now: 1_000)
        }
        let last = try #require(seen.withLock { $0.last })
        #expect(last.totals.isConserved && last.totals.done == 111 && last.totals.failed == 9)
        #expect(last.stages.first.workers.appliedDelta == 1)
        #expect(seen.withLock { $0.first?.windowSeconds } == 0)
    }
}
