import Farm
import Foundation
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

/// Public reports of what goes wrong, each as the farm meets it.
@Suite("Reported failures", .serialized, .timeLimit(.minutes(1)))
struct ReportedFailuresTests {
    /// A gateway of the function `worker`: what its status says is the test's, calls are answered 200.
    private final class Gateway: Sendable {
        struct State {
            var replicas = 2
            var available = 2
            var scaledTo: [Int] = []
            var calls = 0
            var looks = 0
        }

        let state = Mutex(State())
        /// Changes the state when asked to scale.
        let scale: @Sendable (inout State, Int) -> Void
        let list: String

        init(list: String = "[]", scale: @escaping @Sendable (inout State, Int) -> Void) {
            self.list = list
            self.scale = scale
        }

        func answer(_ request: StubRequest) -> StubAnswer {
            state.withLock { state in
                if request.path.hasPrefix("/function/") {
                    state.calls += 1
                    return .text("done")
                }
                if request.path.hasPrefix("/system/scale-function/") {
                    let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
                    let count = body?["replicas"] as? Int ?? -1
                    state.scaledTo.append(count)
                    scale(&state, count)
                    return StubAnswer(202)
                }
                if request.path == "/system/functions" { return .json(list) }
                guard request.path == "/system/function/worker" else { return StubAnswer(404) }
                state.looks += 1
                // A count that does not move, and one that falls: a farm has its own.
                let count = state.looks % 2 == 0 ? 500 : 3
                return .json(
                    #"{"name":"worker","image":"i","replicas":\#(state.replicas),"availableReplicas":\#(state.available),"#
                        + #""invocationCount":\#(count)}"#)
            }
        }
    }

    private func scenario(min: Int = 1, max: Int = 4, initial: Int = 2) -> Scenario {
        Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(20))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: min, max: max, initial: initial), stepSeconds: 0.3, steps: 20,
            retry: RetryPolicy(maxAttempts: 20, firstDelay: 0.05, maxDelay: 0.1))
    }

    private func withFarm(
        _ gateway: Gateway, _ scenario: Scenario, functions: [String] = ["worker"],
        onReset: LiveFarmOptions.OnReset = .drain, _ body: (LiveFarm) async throws -> Void
    ) async throws {
        let stub = try StubGateway { gateway.answer($0) }
        defer { stub.stop() }
        let pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), functions: functions)
        try await withLiveFarm(scenario, over: pool, poll: .milliseconds(30), options: { $0.onReset = onReset }, body)
    }

    @Test("faas#1557: the ready count is the single status's, whatever the list says")
    func report01_listSaysZero() async throws {
        let list = #"[{"name":"worker","image":"i","replicas":3,"availableReplicas":0}]"#
        let gateway = Gateway(list: list) { state, count in
            state.replicas = count
            state.available = count
        }
        try await withFarm(gateway, scenario(initial: 3)) { farm in
            _ = try await farm.reset(seed: Seed(1))
            for _ in 0..<4 {
                let window = try await farm.advance(Staffing(3))
                #expect(window.metrics.ready == 3)
            }
        }
    }

    @Test("faas#1753: no ready worker is not no worker: nothing is scaled again, and desired stands beside ready")
    func report02_failingProbe() async throws {
        let gateway = Gateway { state, count in
            state.replicas = count
            state.available = count
        }
        try await withFarm(gateway, scenario(initial: 4)) { farm in
            _ = try await farm.reset(seed: Seed(2))
            let before = gateway.state.withLock { state in
                state.available = 0
                return state.scaledTo
            }
            var last: WindowMetrics?
            for _ in 0..<5 { last = try await farm.advance(Staffing(4)).metrics }
            #expect(last?.ready == 0 && last?.desired == 4)
            #expect(gateway.state.withLock { $0.scaledTo } == before)
        }
    }

    @Test("faasd#307: a backend that stays at one replica is said once, and the farm counts what there is")
    func report23_doesNotScale() async throws {
        let gateway = Gateway { state, _ in
            state.replicas = 1
            state.available = 1
        }
        try await withFarm(gateway, scenario()) { farm in
            let first = try await farm.reset(seed: Seed(3))
            var notes = first.notes
            var last: FarmWindow?
            for desired in [3, 4, 2, 4] {
                last = try await farm.advance(Staffing(desired))
                notes += last?.metrics.notes ?? []
            }
            #expect(last?.metrics.ready == 1 && last?.metrics.desired == 1)
            #expect(notes.count { $0.contains("limits") } == 1)
            #expect(notes.contains { $0.contains("--pool functions") })
            let paid = try #require(last).metrics.paidWorkerSeconds
            let seconds = try #require(last).metrics.windowSeconds
            #expect(abs(paid - seconds) < 0.01)
        }
    }

    @Test(
        "knative#4795: what is running is left alone until the first reset, which takes its number over or the scenario's",
        arguments: [(LiveFarmOptions.OnReset.adopt, 7), (.drain, 2)])
    func report107_found(onReset: LiveFarmOptions.OnReset, desired: Int) async throws {
        let gateway = Gateway { state, count in
            state.replicas = count
            state.available = count
        }
        gateway.state.withLock { ($0.replicas, $0.available) = (7, 7) }
        try await withFarm(gateway, scenario(max: 8), onReset: onReset) { farm in
            let limit = ContinuousClock.now + .seconds(20)
            while gateway.state.withLock({ $0.looks }) < 5, .now < limit { try await Task.sleep(for: .milliseconds(5)) }
            #expect(gateway.state.withLock { $0.scaledTo } == [])
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.desired == desired && first.ready == desired)
            #expect(gateway.state.withLock { $0.scaledTo } == (desired == 7 ? [] : [desired]))
        }
        // Given back as it was found.
        #expect(gateway.state.withLock { $0.replicas } == 7)
    }

    @Test("faas#1243, faas#116: completions are the farm's own count, never the gateway's lagging one")
    func report26_29_invocationCounts() async throws {
        let gateway = Gateway { state, count in
            state.replicas = count
            state.available = count
        }
        try await withFarm(gateway, scenario()) { farm in
            _ = try await farm.reset(seed: Seed(4))
            var completions = 0
            var last: WindowMetrics?
            for _ in 0..<5 {
                let metrics = try await farm.advance(Staffing(2)).metrics
                completions += metrics.completions
                last = metrics
            }
            #expect(completions > 0)
            #expect(completions == last?.totals.done)
            #expect(completions <= gateway.state.withLock { $0.calls })
        }
    }

    @Test("queue_proxy.go: a misspelt name is refused before any task is sent, with the names that there are")
    func report45_misspeltName() async throws {
        let gateway = Gateway(list: #"[{"name":"worker","image":"i"},{"name":"other","image":"i"}]"#) { _, _ in }
        let error = await #expect(throws: FarmError.self) {
            try await withFarm(gateway, scenario(), functions: ["woker"]) { _ in }
        }
        #expect(error?.description.contains(#""woker""#) == true)
        #expect(error?.description.contains("worker") == true)
        #expect(gateway.state.withLock { $0.calls } == 0)
    }

    @Test("Another hand on the number of replicas is noticed, said once and put right")
    func strangersHand() async throws {
        let gateway = Gateway { state, count in
            state.replicas = count
            state.available = count
        }
        try await withFarm(gateway, scenario(initial: 3)) { farm in
            _ = try await farm.reset(seed: Seed(5))
            gateway.state.withLock { state in
                state.replicas = 1
                state.available = 1
            }
            var notes: [String] = []
            var last: WindowMetrics?
            for _ in 0..<8 {
                last = try await farm.advance(Staffing(3)).metrics
                notes += last?.notes ?? []
            }
            #expect(last?.ready == 3)
            #expect(notes.count { $0.contains("somebody else") } == 1)
        }
    }

    @Test("templates#205: a payload of every byte, valid UTF-8 or not, reaches the function as it is")
    func report56_binaryPayload() async throws {
        let bytes = (0...255).map { UInt8($0) } + [0xff, 0xfe, 0xc3, 0x28, 0, 0, 10, 13]
        let task = FarmTask(
            id: "t", index: 0, generatedAt: 0, deadlineAt: 1, serviceSeconds: nil, payload: bytes)
        let stub = try StubGateway { StubAnswer(200, body: $0.body) }
        defer { stub.stop() }
        let client = GatewayClient(address: try GatewayAddress(stub.url), credentials: nil)
        let call = WorkerCall.make(for: task, attempt: 1, episode: 1, scenario: scenario(), speed: 1)
        let answer = try await client.invoke("worker", call)
        #expect(stub.requests.first?.body == bytes)
        #expect(answer.body == bytes)
    }
}
