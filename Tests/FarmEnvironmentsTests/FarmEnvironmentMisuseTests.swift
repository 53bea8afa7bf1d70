import Farm
import FarmEnvironments
import Gymnasium
import Synchronization
import Testing

struct FarmEnvironmentMisuseTests {
    private func environment(_ farm: ScriptedFarm) throws -> SingleEnvironment {
        SingleEnvironment(
            FarmRows(farm, try DecisionProcess(scenario: farm.scenario)))
    }

    private func reason(
        _ body: nonisolated(nonsending) () async throws -> Void
    ) async -> EnvironmentError.Reason? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? EnvironmentError)?.reason
        }
    }

    @Test func stepsNeedAnEpisode() async throws {
        let environment = try environment(ScriptedFarm(script: [1: .success(.horizon)]))
        #expect(await reason { _ = try await environment.step(2) } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        _ = try await environment.step(2)
        #expect(await reason { _ = try await environment.step(2) } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        _ = try await environment.step(2)
    }

    @Test func strangeActionsAreRefusedAndTheEpisodeGoesOn() async throws {
        let farm = ScriptedFarm()
        let environment = try environment(farm)
        _ = try await environment.reset(seed: nil, options: [])
        #expect(await reason { _ = try await environment.step(5) } == .actionOutOfSpace)
        #expect(await reason { _ = try await environment.step(-1) } == .actionOutOfSpace)
        #expect(await reason { _ = try await environment.step(1.0) } == .actionType)
        #expect(await reason { _ = try await environment.step(.array(NDArray([1, 2] as [Int8]))) } == .actionShape)
        #expect(farm.log.withLock(\.desired) == [])
        _ = try await environment.step(2)
    }

    @Test func resetHasNoOptions() async throws {
        let environment = try environment(ScriptedFarm())
        let got = await reason { _ = try await environment.reset(seed: nil, options: [Value.Entry("queue", 3)]) }
        #expect(got == .badArgument(name: "queue"))
    }

    @Test(arguments: [
        (FarmError.Kind.busy, EnvironmentError.Reason.farmBusy), (.unavailable, .backendUnavailable),
        (.unsupported(argument: "speed"), .badArgument(name: "speed")), (.inconsistent, .crashed),
    ])
    func farmErrorsAreTranslated(_ kind: FarmError.Kind, _ expected: EnvironmentError.Reason) async throws {
        let environment = try environment(ScriptedFarm(resetError: FarmError(kind, "what happened")))
        #expect(await reason { _ = try await environment.reset(seed: nil, options: []) } == expected)
    }

    @Test func aDefectInAStepIsNoTruncation() async throws {
        let environment = try environment(ScriptedFarm(script: [1: .failure(FarmError(.inconsistent, "books"))]))
        _ = try await environment.reset(seed: nil, options: [])
        #expect(await reason { _ = try await environment.step(2) } == .crashed)
        #expect(await reason { _ = try await environment.step(2) } == .resetNeeded)
    }

    @Test func cancellationPasses() async throws {
        let task = Task {
            let environment = try self.environment(ScriptedFarm())
            _ = try await environment.reset(seed: nil, options: [])
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await environment.step(2)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func closesOnceAndIsClosedThen() async throws {
        let farm = ScriptedFarm()
        let environment = try environment(farm)
        _ = try await environment.reset(seed: nil, options: [])
        await environment.close()
        await environment.close()
        #expect(farm.log.withLock(\.closes) == 1)
        #expect(await reason { _ = try await environment.step(2) } == .resetNeeded)
        #expect(await reason { _ = try await environment.reset(seed: nil, options: []) } == .resetNeeded)
    }

    @Test func renderShowsTextAndNothingElse() async throws {
        let environment = try environment(ScriptedFarm())
        #expect(await reason { _ = try await environment.render(mode: "ansi") } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        _ = try await environment.step(4)
        guard case .text(let text) = try await environment.render(mode: "ansi") else { return #expect(Bool(false)) }
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains("[######] 6 ready") && text.contains("queue [") && text.contains("QoS 100.0 %"))
        #expect(await reason { _ = try await environment.render(mode: "human") } == .unsupported)
    }
}
