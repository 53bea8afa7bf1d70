import Farm
import FarmSimulator
import Gymnasium
import Testing

@testable import FarmEnvironments

@Suite("What farms are said to hold")
struct FarmMemoryTests {
    private func bytes(_ entries: [Value.Entry], renderMode: String? = nil) async throws -> Int {
        var registry = EnvironmentRegistry()
        let simulator = Backend(simulator: "simulator") { SimulatedFarm($0) }
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": simulator], defaultBackend: "simulator")
        let vector = try await registry.makeVector(
            "faasfarm/Farm-v0", .init(entries: entries, renderMode: renderMode), count: 1, autoresetMode: .nextStep)
        return vector.spec.bytesPerEnvironment
    }

    @Test("more tasks, longer histories and pictures are more")
    func grows() async throws {
        let small = try await bytes([.init("scenario", "demo")])
        #expect(small >= 64 << 10)
        #expect(try await bytes([.init("scenario", "azure-day")]) > small)
        #expect(try await bytes([.init("history", 256), .init("scenario", "demo")]) > small + 2 * 255 * 4 * 10)
        #expect(try await bytes([.init("scenario", "demo")], renderMode: "rgb_array") > small + 50_000)
        #expect(try await bytes([.init("scenario", "demo")], renderMode: "ansi") == small)
    }
}
