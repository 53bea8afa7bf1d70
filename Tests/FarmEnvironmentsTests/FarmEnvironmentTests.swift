import Farm
import FarmEnvironments
import Gymnasium
import Randomness
import Synchronization
import Testing

struct FarmEnvironmentTests {
    private func environment(
        _ farm: ScriptedFarm, action: ActionScheme = .delta(2), maxEpisodeSteps: Int? = nil
    ) throws -> SingleEnvironment {
        SingleEnvironment(
            FarmRows(
                farm, try DecisionProcess(scenario: farm.scenario, action: action, maxEpisodeSteps: maxEpisodeSteps)))
    }

    private func play(_ environment: SingleEnvironment, action: Value = 2, atMost limit: Int = 100) async throws
        -> [StepResult]
    {
        _ = try await environment.reset(seed: Seed(1), options: [])
        var results: [StepResult] = []
        while results.count < limit {
            let result = try await environment.step(action)
            #expect(throws: Never.self) { try environment.form.observationSpace.element(from: result.observation) }
            results.append(result)
            if result.terminated || result.truncated { break }
        }
        return results
    }

    @Test func finishedTerminates() async throws {
        let results = try await play(environment(ScriptedFarm(script: [5: .success(.finished)])))
        #expect(results.count == 5)
        #expect(results.map(\.terminated) == [false, false, false, false, true])
        #expect(results.allSatisfy { !$0.truncated })
        #expect(results[4].info["reason"] == "finished")
        #expect(results[4].info["result"]?["mean_workers"] == 4.0)
        #expect(results[3].info["result"] == nil)
    }

    @Test func horizonTruncates() async throws {
        let results = try await play(environment(ScriptedFarm(script: [3: .success(.horizon)])))
        #expect(results.count == 3)
        #expect(results[2].truncated && !results[2].terminated)
        #expect(results[2].info["reason"] == "horizon")
    }

    @Test func aBrokenFarmTruncatesWithItsReason() async throws {
        let results = try await play(environment(ScriptedFarm(script: [2: .success(.broken("the gateway is away"))])))
        #expect(results.count == 2)
        #expect(results[1].truncated && !results[1].terminated)
        #expect(results[1].info["reason"] == "the gateway is away")
    }

    @Test func aFarmThatIsGoneInAStepTruncatesToo() async throws {
        let farm = ScriptedFarm(script: [2: .failure(FarmError(.unavailable, "no answer from the gateway"))])
        let results = try await play(environment(farm))
        #expect(results.count == 2)
        #expect(results[1].truncated)
        #expect(results[1].reward == 0)
        #expect(results[1].info["reason"] == "no answer from the gateway")
        #expect(results[1].info["stale"] == true)
        #expect(results[1].info["metrics"]?["ready"] == 4, "the last known number, not zero")
    }

    @Test func maxEpisodeStepsShortens() async throws {
        let results = try await play(environment(ScriptedFarm(script: [20: .success(.horizon)]), maxEpisodeSteps: 4))
        #expect(results.count == 4)
        #expect(results[3].truncated)
        #expect(results[3].info["reason"] == "max_episode_steps")
        #expect(results[3].info["result"] != nil)
    }

    @Test func actionsReachTheFarmUnclippedAndComeBackClipped() async throws {
        let farm = ScriptedFarm()
        let environment = try environment(farm)
        let results = try await play(environment, action: 4, atMost: 4)
        // 4, then up by two; the farm knows its bounds.
        #expect(farm.log.withLock(\.desired) == [6, 8, 10, 12])
        #expect(results[3].info["metrics"]?["desired"] == 10)
        #expect(results[3].info["metrics"]?["applied_delta"] == 0)
        #expect(results[3].info["metrics"]?["requested_delta"] == 2)
        #expect(results[3].info["action_mask"] == .array(NDArray([1, 1, 1, 0, 0] as [Int8])))
    }

    @Test func targetActionsAreAbsolute() async throws {
        let farm = ScriptedFarm()
        _ = try await play(environment(farm, action: .target), action: 6, atMost: 2)
        #expect(farm.log.withLock(\.desired) == [7, 7])
    }

    @Test("Gymnasium#1084: resets after a seeded one follow from its seed")
    func report81_seedsFollow() async throws {
        let farm = ScriptedFarm()
        let environment = try environment(farm)
        for seed in [Seed(123), nil, nil, Seed(123), nil, nil] {
            let reported = try await environment.reset(seed: seed, options: []).seed
            #expect(farm.log.withLock(\.seeds).last == reported)
        }
        let seeds = farm.log.withLock(\.seeds)
        #expect(seeds[0] == Seed(123))
        #expect(Array(seeds[0..<3]) == Array(seeds[3...]))
        #expect(Set(seeds).count == 3)
        // Without a seed to begin with, they are drawn.
        _ = try await self.environment(farm).reset(seed: nil, options: [])
        #expect(farm.log.withLock { Set($0.seeds).count } == 4)
    }

    @Test func resetMidwayBeginsAnew() async throws {
        let environment = try environment(ScriptedFarm())
        _ = try await play(environment, action: 4, atMost: 3)
        let again = try await environment.reset(seed: nil, options: [])
        #expect(again.info["metrics"]?["desired"] == 4)
        #expect(again.info["reward_terms"] == nil)
        #expect(again.info["totals"]?["emitted"] == 0)
    }

    @Test func tasksBecomeEvents() async throws {
        let results = try await play(environment(ScriptedFarm()), atMost: 1)
        #expect(
            results[0].events == [
                .dictionary([
                    "kind": "task", "id": "t1", "generated_s": 1.0, "deadline_s": 2.0, "first_started_s": 1.0,
                    "ended_s": 1.5,
                    "attempts": 1, "outcome": "done", "on_time": true, "service_s": 0.5,
                ])
            ])
    }

    @Test func expectedSecondsFollowSpeedAndScaling() throws {
        #expect(try environment(ScriptedFarm(speed: 2)).form.expectedStepSeconds == 1.5)
        #expect(try environment(ScriptedFarm()).form.expectedResetSeconds == 3)
        var scenario = Scenario.small()
        scenario.scaling = .blocking
        scenario.stages.first.startUp = StartUpDelay(mean: 5, min: 4, max: 6)
        // 1.5 · 2 s, and 6 s of starting
        #expect(try environment(ScriptedFarm(scenario)).form.expectedStepSeconds == 9)
    }
}
