import Farm
import FarmSimulator
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

@Suite("FarmView")
struct FarmViewTests {
    private func registry() -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        let scripted = Backend(name: "scripted", isNondeterministic: true) { count, scenario, _, _ in
            (0..<count).map { _ in ScriptedFarm(scenario, speed: 10_000) }
        }
        let simulator = Backend(simulator: "simulator") { SimulatedFarm($0) }
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["scripted": scripted, "simulator": simulator], defaultBackend: "simulator")
        return registry
    }

    private func pictures(backend: String, seed: Int, actions: [Int64]) async throws -> [NDArray] {
        let environment = SingleEnvironment(
            try await registry().make(
                "faasfarm/Farm-v0", .init(entries: [.init("backend", .text(backend))], renderMode: "rgb_array")))
        var pictures: [NDArray] = []
        _ = try await environment.reset(seed: Seed(UInt64(seed)), options: [])
        for action in actions {
            _ = try await environment.step(.integer(action))
            guard case .image(let image) = try await environment.render(mode: "rgb_array") else { continue }
            pictures.append(image)
        }
        await environment.close()
        return pictures
    }

    @Test(
        "a farm, simulated or not, gives a picture a step: equal ones for equal episodes, and no two steps alike",
        arguments: ["simulator", "scripted"])
    func single(backend: String) async throws {
        let actions: [Int64] = [4, 4, 3, 2, 1, 0, 2, 2]
        let first = try await pictures(backend: backend, seed: 3, actions: actions)
        #expect(first.count == actions.count)
        #expect(first.allSatisfy { $0.dtype == .uint8 && $0.shape == [400, 640, 3] })
        #expect(Set(first).count == first.count)
        #expect(try await pictures(backend: backend, seed: 3, actions: actions) == first)
    }

    @Test("a sub-environment's pictures are those of the farm alone")
    func vector() async throws {
        let actions: [Int64] = [4, 2, 0, 3]
        let alone = try await pictures(backend: "simulator", seed: 8, actions: actions)
        let vector = try await registry().makeVector(
            "faasfarm/Farm-v0", .init(renderMode: "rgb_array"), count: 2, autoresetMode: .nextStep)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: [Seed(7), Seed(8)], into: buffers)
        for (step, action) in actions.enumerated() {
            try [2, action].withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
            guard case .image(let image) = try vector.renderNow(at: 1, mode: "rgb_array") else {
                return #expect(Bool(false))
            }
            #expect(image == alone[step])
        }
        #expect(try vector.renderNow(at: 0, mode: "human").map { _ in true } == nil)
        #expect(vector.spec.renderModes == ["ansi", "rgb_array"] && vector.spec.renderFPS == 8)
    }

    @Test("a new episode's picture has nothing of the last one's course")
    func reset() async throws {
        let environment = SingleEnvironment(
            try await registry().make("faasfarm/Farm-v0", .init(renderMode: "rgb_array")))
        func first() async throws -> NDArray? {
            _ = try await environment.reset(seed: Seed(1), options: [])
            guard case .image(let image) = try await environment.render(mode: "rgb_array") else { return nil }
            return image
        }
        let before = try await first()
        for _ in 0..<5 { _ = try await environment.step(.integer(4)) }
        #expect(before != nil)
        #expect(try await first() == before)
    }
}
