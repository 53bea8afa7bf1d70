import Farm
import Foundation
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

/// A gateway of one function that does as it is told, until a test tells it otherwise.
private final class ScriptedGateway: Sendable {
    struct State {
        var replicas = 1
        /// Answers that take precedence, by what the request is about.
        var status: (@Sendable (Int) -> StubAnswer?)?
        var invoke: (@Sendable (Int) -> StubAnswer?)?
        var scale: (@Sendable (Int) -> StubAnswer?)?
        var invocations = 0
        var looks = 0
        var scaledTo: [Int] = []
    }

    let state = Mutex(State())

    func answer(_ request: StubRequest) -> StubAnswer {
        state.withLock { state in
            if request.path.hasPrefix("/function/") {
                state.invocations += 1
                return state.invoke?(state.invocations) ?? .text("done", status: 200)
            }
            if request.path.hasPrefix("/system/scale-function/") {
                let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
                state.scaledTo.append(body?["replicas"] as? Int ?? -1)
                if let answer = state.scale?(state.scaledTo.count) { return answer }
                state.replicas = min(5, body?["replicas"] as? Int ?? 1)
                return .text("", status: 202)
            }
            state.looks += 1
            if let answer = state.status?(state.looks) { return answer }
            return .json(
                #"{"name":"worker","image":"i","replicas":\#(state.replicas),"availableReplicas":\#(state.replicas)}"#)
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ReplicaPoolTests {
    private let scripted = ScriptedGateway()

    private func scenario(
        rate: Double = 20, least: Int = 1, most: Int = 4, initial: Int = 2, steps: Int = 20
    ) -> Scenario {
        Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: least, max: most, initial: initial), stepSeconds: 0.3, steps: steps,
            retry: RetryPolicy(maxAttempts: 20, firstDelay: 0.05, maxDelay: 0.1))
    }

    private func withFarm(
        _ scenario: Scenario, missingLimit: Duration = .seconds(10), refusalLimit: Duration = .seconds(5),
        _ body: (LiveFarm) async throws -> Void
    ) async throws {
        let scripted = scripted
        let stub = try StubGateway { scripted.answer($0) }
        defer { stub.stop() }
        let client = GatewayClient(
            address: try GatewayAddress(stub.url), credentials: nil, callTimeout: .milliseconds(300))
        let pool = GatewayPool(gateway: client, functions: ["worker"])
        try await withLiveFarm(
            scenario, over: pool,
            options: {
                $0.missingLimit = missingLimit
                $0.refusalLimit = refusalLimit
            }, body)
    }

    @Test("An episode accounts for every task and ends at its horizon")
    func episode() async throws {
        try await withFarm(scenario(steps: 4)) { farm in
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.ready == 2 && first.totals.emitted == 0)
            var windows: [FarmWindow] = []
            repeat {
                windows.append(try await farm.advance(Staffing(3)))
            } while windows.last?.end == nil && windows.count < 10
            #expect(windows.last?.end == .horizon)
            // A late window swallows the next grid point, so a busy machine sees fewer of them.
            #expect((1...4).contains(windows.count))
            let last = try #require(windows.last)
            #expect(last.metrics.totals.isConserved)
            #expect(last.metrics.totals.emitted > 5)
            #expect(last.metrics.desired == 3)
            #expect(windows.flatMap(\.records).count == last.metrics.totals.emitted)
        }
    }

    @Test("faas-netes#589: calls that answer 502 while a worker is not routable are tried again, and no task vanishes")
    func report10_notRoutableYet() async throws {
        scripted.state.withLock { $0.invoke = { $0 <= 5 ? .text("", status: 502) : nil } }
        try await withFarm(scenario()) { farm in
            _ = try await farm.reset(seed: Seed(2))
            var refusals = 0
            var last: FarmWindow?
            for _ in 0..<4 {
                last = try await farm.advance(Staffing(2))
                refusals += last?.metrics.stages.first.calls.refusals ?? 0
                #expect(last?.metrics.stages.first.calls.retries == 0)
            }
            #expect(refusals > 0)
            #expect(last?.metrics.totals.isConserved == true)
            #expect(last?.metrics.totals.failed == 0)
        }
    }

    @Test("faas#1556: a gateway that never answers delays no step; the counts are kept and marked stale")
    func report13_silentGateway() async throws {
        try await withFarm(scenario()) { farm in
            _ = try await farm.reset(seed: Seed(3))
            scripted.state.withLock { $0.status = { _ in .silence } }
            let begun = ContinuousClock.now
            var last: FarmWindow?
            for _ in 0..<4 { last = try await farm.advance(Staffing(2)) }
            #expect(ContinuousClock.now - begun < .seconds(5))
            #expect(last?.metrics.ready == 2)
            #expect(last?.metrics.isStale == true)
        }
    }

    @Test("faas#405: a function that is missing for a moment does not end the episode")
    func report18_missingForAMoment() async throws {
        try await withFarm(scenario(steps: 4)) { farm in
            _ = try await farm.reset(seed: Seed(4))
            let from = scripted.state.withLock { $0.looks }
            scripted.state.withLock { $0.status = { $0 < from + 6 ? .text("", status: 404) : nil } }
            var end: FarmEnd?
            for _ in 0..<4 where end == nil { end = try await farm.advance(Staffing(2)).end }
            #expect(end == .horizon)
        }
    }

    @Test("faas-netes#749: a function that stays missing ends the episode with a reason that names it and the gateway")
    func report19_missingForGood() async throws {
        try await withFarm(scenario(), missingLimit: .milliseconds(200)) { farm in
            _ = try await farm.reset(seed: Seed(5))
            scripted.state.withLock { $0.status = { _ in .text("", status: 404) } }
            var end: FarmEnd?
            for _ in 0..<4 where end == nil { end = try await farm.advance(Staffing(2)).end }
            guard case .broken(let reason) = end else {
                Issue.record("the episode ended as \(String(describing: end))")
                return
            }
            #expect(reason.contains("worker") && reason.contains("127.0.0.1"))
        }
    }

    @Test("faas-netes 662ce9c: a number that the gateway cuts is believed, and said once")
    func report21_clampedByTheGateway() async throws {
        try await withFarm(scenario(most: 8)) { farm in
            _ = try await farm.reset(seed: Seed(6))
            let first = try await farm.advance(Staffing(8))
            let second = try await farm.advance(Staffing(8))
            #expect(first.metrics.desired == 5 && first.metrics.ready == 5)
            let notes = first.metrics.notes + second.metrics.notes
            #expect(notes.count { $0.contains("limits") } == 1)
        }
    }

    @Test("faas#836: a wrong password stops the run with one message and no storm of calls")
    func report50_wrongPassword() async throws {
        scripted.state.withLock { $0.status = { _ in .text("invalid credentials", status: 401) } }
        await #expect(throws: FarmError.self) { try await withFarm(scenario()) { _ in } }
        #expect(scripted.state.withLock { $0.looks } == 1)
    }

    @Test("A function that is not there is refused by name before any task is sent")
    func missingFunction() async throws {
        scripted.state.withLock { $0.status = { _ in .text("", status: 404) } }
        await #expect(throws: FarmError.self) { try await withFarm(scenario()) { _ in } }
        #expect(scripted.state.withLock { $0.invocations } == 0)
    }

    @Test("An outage of the gateway is told of when it has begun and when it has ended, with its reason and length")
    func outage() async throws {
        try await withFarm(scenario()) { farm in
            _ = try await farm.reset(seed: Seed(7))
            scripted.state.withLock { $0.status = { _ in .hangUp() } }
            var notes: [String] = []
            for _ in 0..<5 { notes += try await farm.advance(Staffing(2)).metrics.notes }
            scripted.state.withLock { $0.status = nil }
            for _ in 0..<2 { notes += try await farm.advance(Staffing(2)).metrics.notes }
            #expect(notes.count { $0.contains("does not tell of its workers") } == 1, "\(notes)")
            #expect(notes.count { $0.contains("answers again, after") } == 1, "\(notes)")
        }
    }

    @Test("A scale request that is refused for good is said at once in the gateway's words, and what there is is used")
    func refusedForGood() async throws {
        scripted.state.withLock { $0.scale = { _ in .text("not more than one, says the licence", status: 400) } }
        try await withFarm(scenario()) { farm in
            let begun = ContinuousClock.now
            let first = try await farm.reset(seed: Seed(8))
            #expect(ContinuousClock.now - begun < .seconds(5))
            #expect(first.ready == 1 && first.desired == 1)
            #expect(first.notes.count { $0.contains("says the licence") } == 1, "\(first.notes)")
        }
    }

    @Test("A gateway that goes on refusing to scale ends a reset with its words, long before workers are given up")
    func refusedAgainAndAgain() async throws {
        scripted.state.withLock { $0.scale = { _ in .text("no quota", status: 500) } }
        try await withFarm(scenario(), refusalLimit: .milliseconds(200)) { farm in
            let begun = ContinuousClock.now
            let error = await #expect(throws: FarmError.self) { _ = try await farm.reset(seed: Seed(9)) }
            #expect(ContinuousClock.now - begun < .seconds(10))
            #expect(error?.description.contains("no quota") == true)
            // Half a second, one, two: not every moment.
            #expect(scripted.state.withLock { $0.scaledTo.count } <= 2)
        }
    }

    @Test("keda#7239: at zero with the status endpoint down, workers that were asked for are used, and asked for once")
    func report_statusDown() async throws {
        scripted.state.withLock { $0.replicas = 0 }
        try await withFarm(scenario(rate: 10, least: 0, initial: 0)) { farm in
            _ = try await farm.reset(seed: Seed(10))
            scripted.state.withLock { $0.status = { _ in .text("down", status: 500) } }
            let before = scripted.state.withLock { $0.scaledTo.count }
            var last: FarmWindow?
            for _ in 0..<12 where (last?.metrics.totals.done ?? 0) < 10 { last = try await farm.advance(Staffing(2)) }
            #expect(last?.metrics.totals.done ?? 0 >= 10)
            #expect(last?.metrics.totals.failed == 0)
            #expect(scripted.state.withLock { $0.scaledTo.count } == before + 1)
        }
    }
}
