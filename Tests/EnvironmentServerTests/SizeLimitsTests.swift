import EnvironmentProtocol
import EnvironmentServer
import Gymnasium
import Randomness
import SwiftProtobuf
import Testing

/// A million bytes of picture for a few of request.
private final class Painter: SynchronousEnvironment {
    static let spec = EnvironmentSpec(
        id: "test/Painter-v0", description: "Paints.", renderModes: ["rgb_array"], bytesPerEnvironment: 1_000)

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        observation.storeBytes(of: 0, as: Float.self)
    }
    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        Transition(reward: 0, terminated: false, truncated: false)
    }
    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}
    var info: [Value.Entry] { [] }
    func render(mode: String) -> RenderedFrame? {
        NDArray(dtype: .uint8, shape: [1_024, 1_024, 1], bytes: Array(repeating: 7, count: 1 << 20)).map {
            .image($0)
        }
    }

    static var registry: EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        let observationSpace = Space.box(.init(shape: [1], low: [0], high: [1]))
        let actionSpace = Space.discrete(.init(n: 2))
        registry.register(spec) { _, layout in
            let form = EnvironmentForm(
                spec: spec, observationSpace: observationSpace, actionSpace: actionSpace, layout: layout,
                infoDetail: .ends)
            return SynchronousRows((0..<form.count).map { _ in Painter() }, form, team: nil)
        }
        return registry
    }
}

@Suite("Numbers in a request that ask for much memory")
struct SizeLimitsTests {
    private func made(_ count: UInt32) -> WireRequest {
        .with {
            $0.make.id = Painter.spec.id
            $0.make.numEnvs = count
            $0.make.renderMode = "rgb_array"
        }
    }

    @Test("a vector that would take more than a session may is refused, and the next smaller one is made")
    func capacity() async throws {
        var server = TestServer(registry: Painter.registry)
        server.configuration.maxSessionBytes = 100 * 2_000
        try await server.serve { endpoint in
            let client = try TestClient(endpoint)
            let refusal = try await client.ask(made(500)).error
            #expect(refusal.code == .resourceExhausted && refusal.reason == .capacity && refusal.field == "num_envs")
            #expect(refusal.message.contains("or fewer"))
            #expect(try await client.ask(made(50)).make.numEnvs == 50)
        }
    }

    @Test("pictures that would not fit into a reply are refused, in JSON at fewer, and the session goes on")
    func pictures() async throws {
        try await TestServer(registry: Painter.registry).serve { endpoint in
            let client = try TestClient(endpoint)
            client.session = try await client.ask(made(2)).make.sessionID
            _ = try await client.ask { $0.reset = .init() }
            let many = Array(repeating: UInt32(1), count: 100_000)
            let refusal = try await client.ask { $0.render.indices = many }.error
            #expect(refusal.code == .invalidArgument && refusal.field == "indices")
            #expect(try await client.ask { $0.render = .init() }.render.frames.count == 2)
        }
    }
}
