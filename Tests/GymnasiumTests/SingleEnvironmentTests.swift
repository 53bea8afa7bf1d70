import Gymnasium
import Randomness
import Testing

@Suite("A single environment as values")
struct SingleEnvironmentTests {
    private func environment(
        _ environment: CountingEnvironment = CountingEnvironment(), infoDetail: InfoDetail = .full,
        actionSpace: Space = .discrete(.init(n: 6))
    ) -> SingleEnvironment {
        let form = EnvironmentForm(
            spec: CountingEnvironment.spec, observationSpace: CountingEnvironment.observationSpace,
            actionSpace: actionSpace, arguments: [.init("a", 1)], scenarioText: "text", infoDetail: infoDetail,
            expectedStepSeconds: 0.25)
        return SingleEnvironment(SynchronousRows([environment], form))
    }

    private func numbers(_ value: Value) -> [Double] {
        if case .array(let array) = value, array.dtype == .int32, array.shape == [2] { array.doubles } else { [] }
    }

    private func reason(_ call: () async throws -> Void) async -> EnvironmentError.Reason? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? EnvironmentError)?.reason
        }
    }

    @Test("Says of itself what it was made with")
    func description() {
        let environment = environment()
        #expect(environment.form.spec == CountingEnvironment.spec)
        #expect(environment.form.observationSpace == CountingEnvironment.observationSpace)
        #expect(environment.form.actionSpace == .discrete(.init(n: 6)))
        #expect(environment.form.arguments == [.init("a", 1)])
        #expect(environment.form.scenarioText == "text")
        #expect(environment.form.expectedStepSeconds == 0.25)
        #expect(environment.form.expectedResetSeconds == 0.25)
    }

    @Test("An episode: observations, rewards, flags and infos are the environment's")
    func episode() async throws {
        let environment = environment()
        let begun = try await environment.reset(seed: Seed(7), options: [])
        #expect(numbers(begun.observation) == [7, 0])
        #expect(begun.seed == Seed(7))
        #expect(begun.info == [.init("steps", 0)])
        let first = try await environment.step(2)
        #expect(numbers(first.observation) == [7, 2])
        #expect((first.reward, first.terminated, first.truncated) == (2, false, false))
        #expect(first.info == [.init("steps", 1)])
        #expect(first.events.isEmpty)
        let last = try await environment.step(.array(try #require(NDArray(dtype: .int8, shape: [], values: [3]))))
        #expect((last.reward, last.terminated, last.truncated) == (5, true, false))
        // What was observed before is a value of its own.
        #expect(numbers(first.observation) == [7, 2])
    }

    @Test("An episode that is cut short is over too")
    func truncation() async throws {
        let environment = environment()
        _ = try await environment.reset(seed: Seed(7), options: [])
        for step in 1...4 { #expect(try await environment.step(0).truncated == (step == 4)) }
        #expect(await reason { _ = try await environment.step(0) } == .resetNeeded)
    }

    @Test("Infos: of all steps, of an episode's last, or none", arguments: InfoDetail.allCases)
    func infos(detail: InfoDetail) async throws {
        let environment = environment(infoDetail: detail)
        #expect(try await environment.reset(seed: nil, options: []).info.isEmpty == (detail != .full))
        #expect(try await environment.step(1).info.isEmpty == (detail != .full))
        #expect(try await environment.step(4).info.isEmpty == (detail == .none))
    }

    @Test("No steps before the first reset, after an episode's end, after a close; a reset helps but for the last")
    func order() async throws {
        let environment = environment()
        #expect(await reason { _ = try await environment.step(1) } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        #expect(try await environment.step(5).terminated)
        #expect(await reason { _ = try await environment.step(1) } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        #expect(await reason { _ = try await environment.step(1) } == nil)
        // A reset in the middle of an episode begins the next one.
        #expect(numbers(try await environment.reset(seed: Seed(4), options: []).observation) == [4, 0])
        await environment.close()
        #expect(await reason { _ = try await environment.step(1) } == .resetNeeded)
        #expect(await reason { _ = try await environment.reset(seed: nil, options: []) } == .resetNeeded)
        #expect(await reason { _ = try await environment.render(mode: "ansi") } == .resetNeeded)
        await environment.close()
    }

    static let strangers: [(Value, EnvironmentError.Reason)] = [
        (.number(1), .actionType), (.text("1"), .actionType), (.boolean(true), .actionType),
        (.integer(6), .actionOutOfSpace), (.integer(-1), .actionOutOfSpace),
        (.array(NDArray([Int8(1), 2])), .actionShape),
    ]

    @Test("What is no element of the action space is refused, and changes nothing", arguments: strangers)
    func stranger(action: Value, expected: EnvironmentError.Reason) async throws {
        let environment = environment()
        _ = try await environment.reset(seed: Seed(1), options: [])
        #expect(await reason { _ = try await environment.step(action) } == expected)
        #expect(numbers(try await environment.step(2).observation) == [1, 2])
    }

    @Test("Actions reach the environment in the element type of their space")
    func actionArrays() async throws {
        let binary = environment(CountingEnvironment(dtype: .int8), actionSpace: .multiBinary(shape: [3]))
        _ = try await binary.reset(seed: Seed(1), options: [])
        #expect(try await binary.step(.array(NDArray([Int8(1), 0, 1]))).reward == 2)
        let box = environment(
            CountingEnvironment(dtype: .float32), actionSpace: .box(.init(shape: [2], low: [0], high: [4])))
        _ = try await box.reset(seed: Seed(1), options: [])
        let doubles = try #require(NDArray(dtype: .float64, shape: [2], values: [1, 3]))
        #expect(try await box.step(.array(doubles)).reward == 4)
        #expect(await reason { _ = try await box.step(.array(NDArray([Float.nan, 0]))) } == .actionOutOfSpace)
    }

    @Test("A reset has no options")
    func options() async throws {
        let environment = environment()
        #expect(
            await reason { _ = try await environment.reset(seed: nil, options: [.init("low", 1)]) }
                == .badArgument(name: "low"))
        #expect(await reason { _ = try await environment.step(1) } == .resetNeeded)
    }

    @Test("Pictures come in the environment's modes, from the first reset on")
    func render() async throws {
        let environment = environment()
        #expect(await reason { _ = try await environment.render(mode: "ansi") } == .resetNeeded)
        _ = try await environment.reset(seed: nil, options: [])
        _ = try await environment.step(5)
        guard case .text("sum 5") = try await environment.render(mode: "ansi") else {
            Issue.record("expected the text \"sum 5\"")
            return
        }
        #expect(await reason { _ = try await environment.render(mode: "human") } == .unsupported)
    }

    @Test("Episodes without a seed: the same after the same seed, whether the environment goes on or begins anew")
    func seeds() async throws {
        for isContinuing in [true, false] {
            var runs: [[Double]] = []
            for _ in 0..<2 {
                let environment = environment(CountingEnvironment(isContinuing: isContinuing))
                var beginnings: [Double] = []
                for seed in [Seed(12), nil, nil] {
                    let begun = try await environment.reset(seed: seed, options: [])
                    beginnings += numbers(begun.observation).prefix(1)
                    if isContinuing { #expect(begun.seed == Seed(12)) }
                }
                runs.append(beginnings)
            }
            #expect(runs[0] == runs[1])
            if isContinuing { #expect(runs[0] == [12, 1_012, 2_012]) } else { #expect(runs[0][1] != 1_012) }
        }
    }
}
