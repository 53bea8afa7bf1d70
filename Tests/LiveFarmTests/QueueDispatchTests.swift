import Farm
import Foundation
import Logging
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import Testing

@testable import LiveFarm

/// A gateway with a queue: accepts calls, and has a script decide which callbacks come.
private final class QueueGateway: Sendable {
    struct State {
        /// Ids of the calls of tasks, in order.
        var ids: [String] = []
        var tasks: [String] = []
    }

    let desk = CallbackDesk(base: "http://127.0.0.1:1")
    let state = Mutex(State())
    private let accepted: StubAnswer
    private let script: @Sendable (Int) -> [FunctionAnswer]

    /// - Parameter script: the callbacks of the n-th call of a task, from 1.
    init(accepted: StubAnswer = StubAnswer(202), _ script: @escaping @Sendable (Int) -> [FunctionAnswer]) {
        self.accepted = accepted
        self.script = script
    }

    func answer(_ request: StubRequest) -> StubAnswer {
        if request.path == "/async-function/faasfarm-self-test" {
            if let id = request["X-Call-Id"] { desk.deliver(FunctionAnswer(status: 404), of: id) }
            return accepted
        }
        if request.path.hasPrefix("/async-function/") {
            guard let id = request["X-Call-Id"], request["X-Callback-Url"] == desk.url else { return StubAnswer(400) }
            let number = state.withLock { state in
                state.ids.append(id)
                state.tasks.append(request["X-Task-Id"] ?? "")
                return state.ids.count
            }
            if accepted.status == 202 { for answer in script(number) { desk.deliver(answer, of: id) } }
            return accepted
        }
        if request.path.hasPrefix("/system/scale-function/") { return StubAnswer(202) }
        return .json(#"{"name":"worker","image":"i","replicas":2,"availableReplicas":2}"#)
    }
}

@Suite("Dispatch through the gateway's queue", .serialized, .timeLimit(.minutes(1)))
struct QueueDispatchTests {
    private func run(
        _ gateway: QueueGateway, windows: Int = 3, attempts: Int = 20, attemptLimit: Double = 60,
        bodyLimit: Int = 256_000
    ) async throws -> [FarmWindow] {
        let scenario = Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(20))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 2, max: 2, initial: 2), stepSeconds: 0.3, steps: windows,
            retry: RetryPolicy(
                maxAttempts: attempts, firstDelay: 0.01, maxDelay: 0.02, attemptLimit: attemptLimit))
        let stub = try StubGateway { gateway.answer($0) }
        defer { stub.stop() }
        var pool = PoolConfiguration(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), functions: ["worker"],
            pollInterval: .milliseconds(50))
        pool.queue = .init(desk: gateway.desk, bodyLimit: bodyLimit, selfTestLimit: .milliseconds(200))
        let farm = try await LiveFarm(scenario: scenario, speed: 1, pool: pool, logger: Logger(label: "test"))
        var ended: [FarmWindow] = []
        do {
            _ = try await farm.reset(seed: Seed(1))
            while ended.last?.end == nil, ended.count < windows { ended.append(try await farm.advance(desired: 2)) }
        } catch {
            await farm.close()
            throw error
        }
        await farm.close()
        return ended
    }

    private func done(_ seconds: Double = 0.01) -> FunctionAnswer { FunctionAnswer(status: 200, seconds: seconds) }

    @Test("Each task is done once, by the callback of a call that no other call shares its id with")
    func results() async throws {
        let gateway = QueueGateway { _ in [FunctionAnswer(status: 200, seconds: 0.01)] }
        let windows = try await run(gateway)
        let last = try #require(windows.last).metrics
        #expect(last.totals.done > 5 && last.totals.failed == 0 && last.totals.isConserved)
        #expect(windows.allSatisfy { $0.metrics.duplicates == 0 })
        let state = gateway.state.withLock { $0 }
        #expect(Set(state.ids).count == state.ids.count)
        #expect(Set(state.tasks).count == state.tasks.count)
    }

    @Test("nats-queue-worker#10: a second run's callback is dropped, and counted as a duplicate")
    func report31_secondRun() async throws {
        let answer = done()
        let windows = try await run(QueueGateway { _ in [answer, answer] })
        let totals = try #require(windows.last).metrics.totals
        #expect(totals.done > 5 && totals.isConserved)
        let duplicates = windows.reduce(0) { $0 + $1.metrics.duplicates }
        // The last window's may be on their way.
        #expect(duplicates > 0 && duplicates <= totals.done + totals.running)
    }

    @Test(
        "of-watchdog#103: of two callbacks for a call the first decides, and the other is counted",
        arguments: [[502, 200], [200, 502], [200, 200]])
    func report44_twoCallbacks(statuses: [Int]) async throws {
        let gateway = QueueGateway { number in
            // The first task only; its later attempts are done.
            (number == 1 ? statuses : [200]).map { FunctionAnswer(status: $0, seconds: 0.01) }
        }
        let windows = try await run(gateway)
        #expect(windows.reduce(0) { $0 + $1.metrics.duplicates } == 1)
        #expect(windows.reduce(0) { $0 + $1.metrics.retries } == (statuses[0] == 502 ? 1 : 0))
        let totals = try #require(windows.last).metrics.totals
        #expect(totals.failed == 0 && totals.isConserved)
    }

    @Test("nats-queue-worker#105: 429 in a callback goes back to the queue as no attempt, and the oldest task first")
    func report41_busy() async throws {
        let busy = FunctionAnswer(status: 429, internalSource: "faas-middleware")
        let answer = done()
        let gateway = QueueGateway { $0 % 3 == 0 ? [busy] : [answer] }
        let windows = try await run(gateway, windows: 4, attempts: 1)
        let totals = try #require(windows.last).metrics.totals
        #expect(windows.reduce(0) { $0 + $1.metrics.collisions } > 0)
        #expect(totals.failed == 0 && totals.done > 5 && totals.isConserved)
    }

    @Test("nats-queue-worker#90: a call that is answered 503 is recorded for its id, and the farm goes on")
    func report33_failedCall() async throws {
        let windows = try await run(QueueGateway { _ in [FunctionAnswer(status: 503)] }, attempts: 2)
        let records = windows.flatMap(\.records).filter { $0.outcome == .failed }
        #expect(!records.isEmpty)
        #expect(records.allSatisfy { $0.reason == "status 503" && $0.attempts == 2 })
    }

    @Test("faas#642: a call without a callback ends with its limit, and the task says so")
    func report42_noCallback() async throws {
        let windows = try await run(QueueGateway { _ in [] }, windows: 4, attempts: 1, attemptLimit: 0.1)
        let records = windows.flatMap(\.records).filter { $0.outcome == .failed }
        #expect(!records.isEmpty)
        #expect(records.allSatisfy { $0.reason == "no callback" })
        #expect(windows.last?.metrics.totals.isConserved == true)
    }

    @Test("faas-netes#392: a body over the queue's limit is not sent, and not tried again")
    func report35_bodyLimit() async throws {
        let gateway = QueueGateway { _ in [FunctionAnswer(status: 200)] }
        let windows = try await run(gateway, bodyLimit: 10)
        let records = windows.flatMap(\.records).filter { $0.outcome == .failed }
        #expect(!records.isEmpty)
        #expect(records.allSatisfy { $0.reason == "body too long for the queue" && $0.attempts == 1 })
        #expect(gateway.state.withLock { $0.ids }.isEmpty)
    }

    @Test("A gateway without a queue ends the episode with what to do")
    func noQueue() async throws {
        let gateway = QueueGateway(accepted: .text("404 page not found", status: 404)) { _ in [] }
        do {
            let windows = try await run(gateway)
            guard case .broken(let reason) = windows.last?.end else {
                Issue.record("the episode ended as \(String(describing: windows.last?.end))")
                return
            }
            #expect(reason.contains("--dispatch invoke"))
        } catch let error as FarmError {
            #expect(error.description.contains("--dispatch invoke"))
        }
    }
}

@Suite("Callbacks")
struct CallbackDeskTests {
    @Test("The desk's address is the base, and a part that cannot be guessed")
    func address() {
        let desk = CallbackDesk(base: "https://farm.example/base/")
        #expect(desk.url.hasPrefix("https://farm.example/base/callback/"))
        #expect(desk.path.hasPrefix("/base/callback/"))
        #expect(desk.url != CallbackDesk(base: "https://farm.example/base/").url)
    }

    @Test("A callback counts whether it comes before or after somebody waits; one for no call does not")
    func order() async throws {
        let desk = CallbackDesk(base: "http://h")
        #expect(!desk.deliver(FunctionAnswer(status: 200), of: "a"))
        desk.expect("a") {}
        #expect(desk.deliver(FunctionAnswer(status: 201), of: "a"))
        let early = try await desk.result(of: "a", within: .seconds(5))
        #expect(early?.status == 201)
        desk.expect("b") {}
        async let late = desk.result(of: "b", within: .seconds(5))
        #expect(desk.deliver(FunctionAnswer(status: 202), of: "b"))
        #expect(try await late?.status == 202)
    }

    @Test("A callback after the limit, or a second one, is told to whoever made the call")
    func surplus() async throws {
        let desk = CallbackDesk(base: "http://h")
        let surplus = Count()
        desk.expect("a") { surplus.value.withLock { $0 += 1 } }
        let nothing = try await desk.result(of: "a", within: .milliseconds(10))
        #expect(nothing == nil)
        #expect(!desk.deliver(FunctionAnswer(status: 200), of: "a"))
        #expect(surplus.value.withLock { $0 } == 1)
    }

    @Test(
        "nats-queue-worker#77: a callback's duration is nil when it is missing or no number",
        arguments: [(nil, nil), ("0.25", 0.25), ("soon", nil), ("-1", nil), ("nan", nil)] as [(String?, Double?)])
    func report37_duration(text: String?, seconds: Double?) throws {
        var headers = [
            (name: "X-Call-Id", value: "a"), (name: "x-function-status", value: "200"),
            (name: "X-Start-Time", value: "1"),
        ]
        if let text { headers.append((name: "X-Duration-Seconds", value: text)) }
        let answer = try #require(FunctionAnswer(callbackHeaders: headers, body: []))
        #expect(answer.durationSeconds == seconds)
        #expect(answer.callID == "a")
    }

    @Test("What has no id or no status is no callback")
    func malformed() {
        #expect(FunctionAnswer(callbackHeaders: [(name: "X-Call-Id", value: "a")], body: []) == nil)
        #expect(FunctionAnswer(callbackHeaders: [(name: "X-Function-Status", value: "200")], body: []) == nil)
        let headers = [(name: "X-Call-Id", value: "a"), (name: "X-Function-Status", value: "ok")]
        #expect(FunctionAnswer(callbackHeaders: headers, body: []) == nil)
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }
}

@Suite("A queue's concurrency")
struct QueueMeterTests {
    @Test("is found from the results' times", arguments: [1, 3, 8])
    func concurrency(count: Int) {
        var meter = QueueMeter()
        var found: [Int] = []
        for index in 0..<64 {
            // `count` at a time, 0.4 s each.
            let end = Double(index / count + 1) * 0.4
            if let concurrency = meter.add(at: end, duration: 0.4, waiting: count + 1) { found.append(concurrency) }
        }
        #expect(found == [count])
    }

    @Test("is not said when there was no more to do")
    func idle() {
        var meter = QueueMeter()
        for index in 0..<64 {
            let found = meter.add(at: Double(index), duration: 0.4, waiting: 1)
            #expect(found == nil)
        }
    }
}
