import EnvironmentProtocol
import EnvironmentServer
import Gymnasium
import Logging
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@Suite("Observers of episodes")
struct ObserverTests {
    /// Holds its commits back until it is let go.
    private final class Gate: EpisodeObserver, EpisodeListener {
        private let state = Mutex((told: 0, committed: 0, isOpen: false))
        let isAwaited = true
        var told: Int { state.withLock { $0.told } }
        var committed: Int { state.withLock { $0.committed } }

        func listener(
            to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
        ) -> (any EpisodeListener)? { self }

        func open() { state.withLock { $0.isOpen = true } }
        func begin(_ reset: ObservedReset) {}
        func step(_ step: ObservedStep) { state.withLock { $0.told += step.buffers.count } }
        func end() {}

        nonisolated(nonsending) func commit() async {
            let end = ContinuousClock.now + .seconds(20)
            while told > 0, !state.withLock({ $0.isOpen }), .now < end { try? await Task.sleep(for: .milliseconds(1)) }
            state.withLock { $0.committed = $0.told }
        }
    }

    @Test("A step's reply goes out after the observers have committed")
    func commit() async throws {
        let gate = Gate()
        try await serve([gate]) { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            try client.send(client.next { $0.step.action.integer = 1 })
            try await eventually("the observer has been told") { gate.told == 1 }
            #expect(try await client.receiveIfAny(within: 0.05) == nil)
            #expect(gate.committed == 0)
            gate.open()
            #expect(try await client.reply().step.reward == 0.5)
            #expect(gate.committed == 1)
        }
    }

    @Test("All observers are told, beside one that fails, which is said once")
    func several() async throws {
        let (good, bad, log) = (MemoryRecorder(), MemoryRecorder(refuses: true), LogRecorder())
        try await serve([bad, good], logger: log.logger) { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["horizon": 1])
            for _ in 0..<2 {
                #expect(try await client.reset().reset.episodeID.count == 1)
                #expect(try await client.step().step.truncated)
            }
        }
        #expect(good.all.filter { if case .ended(_, .truncated) = $0 { true } else { false } }.count == 2)
        #expect(bad.all.isEmpty)
        #expect(log.lines.filter { $0.contains("recording has stopped") }.count == 1)
    }

    private func serve(
        _ observers: [any EpisodeObserver], logger: Logger? = nil,
        _ body: nonisolated(nonsending) (_ endpoint: String) async throws -> Void
    ) async throws {
        var setup = TestServer()
        setup.observers = observers
        setup.logger = logger
        try await setup.serve(body)
    }
}
