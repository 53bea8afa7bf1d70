import Farm
import Foundation
import Logging
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

/// When the runners of a queue are free.
private final class QueueSlots: Sendable {
    private let free: Mutex<[Double]>

    init(count: Int) {
        free = Mutex([Double](repeating: 0, count: count))
    }

    /// - Returns: in how many seconds a run of `seconds` ends that begins when a runner is free.
    func take(for seconds: Double) -> Double {
        let now = ProcessInfo.processInfo.systemUptime
        return free.withLock { free in
            let slot = free.indices.min { free[$0] < free[$1] } ?? 0
            free[slot] = max(now, free[slot]) + seconds
            return free[slot] - now
        }
    }
}

/// A gateway with a queue: accepts calls, and has a script decide which callbacks come.
private final class QueueGateway: Sendable {
    struct State {
        /// Ids of the calls of tasks, in order.
        var ids: [String] = []
        var tasks: [String] = []
    }

    let desk = CallbackDesk(base: "http://127.0.0.1:1")
    let state = Mutex(State())
    let replicas = Mutex(2)
    private let accepted: StubAnswer
    private let script: @Sendable (Int) -> [(delay: Double, answer: FunctionAnswer)]

    /// - Parameter script: the callbacks of the n-th call of a task, from 1.
    init(accepted: StubAnswer = StubAnswer(202), _ script: @escaping @Sendable (Int) -> [FunctionAnswer]) {
        self.accepted = accepted
        self.script = { script($0).map { (0, $0) } }
    }

    /// Callbacks that come so many seconds after the call.
    init(script: @escaping @Sendable (Int) -> [(delay: Double, answer: FunctionAnswer)], accepted: StubAnswer) {
        self.accepted = accepted
        self.script = script
    }

    /// A queue that runs so many calls at a time, each for so many seconds.
    convenience init(running concurrency: Int, for seconds: Double) {
        let free = QueueSlots(count: concurrency)
        self.init(
            script: { _ in [(free.take(for: seconds), FunctionAnswer(status: 200, body: [1], seconds: seconds))] },
            accepted: StubAnswer(202))
    }

    private func key(in url: String) -> String? {
        url.hasPrefix(desk.url + "/") ? String(url.dropFirst(desk.url.count + 1)) : nil
    }

    func answer(_ request: StubRequest) -> StubAnswer {
        if request.path == "/async-function/faasfarm-self-test" {
            if let key = request["X-Callback-Url"].flatMap(key) {
                desk.deliver(.success(FunctionAnswer(status: 404)), of: key)
            }
            return accepted
        }
        if request.path.hasPrefix("/async-function/") {
            guard let id = request["X-Call-Id"], let key = request["X-Callback-Url"].flatMap(key) else {
                return StubAnswer(400)
            }
            let number = state.withLock { state in
                state.ids.append(id)
                state.tasks.append(request["X-Task-Id"] ?? "")
                return state.ids.count
            }
            guard accepted.status == 202 else { return accepted }
            for callback in script(number) {
                let desk = desk
                guard callback.delay > 0 else {
                    desk.deliver(.success(callback.answer), of: key)
                    continue
                }
                DispatchQueue.global().asyncAfter(deadline: .now() + callback.delay) {
                    desk.deliver(.success(callback.answer), of: key)
                }
            }
            return accepted
        }
        if request.path.hasPrefix("/system/scale-function/") { return StubAnswer(202) }
        let count = replicas.withLock { $0 }
        return .json(#"{"name":"worker","image":"i","replicas":\#(count),"availableReplicas":\#(count)}"#)
    }
}

@Suite("Dispatch through the gateway's queue", .serialized, .timeLimit(.minutes(1)))
struct QueueDispatchTests {
    private func run(
        _ gateway: QueueGateway, windows: Int = 3, attempts: Int = 20, attemptLimit: Double = 60,
        bodyLimit: Int = 256_000, workers: Int = 2, rate: Double = 20
    ) async throws -> [FarmWindow] {
        let scenario = Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: workers, max: workers, initial: workers), stepSeconds: 0.3, steps: windows,
            retry: RetryPolicy(
                maxAttempts: attempts, firstDelay: 0.01, maxDelay: 0.02, attemptLimit: attemptLimit))
        gateway.replicas.withLock { $0 = workers }
        let stub = try StubGateway { gateway.answer($0) }
        defer { stub.stop() }
        var pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), functions: ["worker"])
        pool.queue = .init(desk: gateway.desk, bodyLimit: bodyLimit, selfTestLimit: .milliseconds(200))
        let farm = try await openFarm(scenario, over: pool)
        var ended: [FarmWindow] = []
        do {
            _ = try await farm.reset(seed: Seed(1))
            while ended.last?.end == nil, ended.count < windows {
                ended.append(try await farm.advance(Staffing(workers)))
            }
        } catch {
            await farm.close()
            throw error
        }
        await farm.close()
        return ended
    }

    private func done(_ seconds: Double = 0.01) -> FunctionAnswer {
        FunctionAnswer(status: 200, body: [1], seconds: seconds)
    }

    @Test("Each task is done once, by the callback of a call that no other call shares its id with")
    func results() async throws {
        let gateway = QueueGateway { _ in [FunctionAnswer(status: 200, body: [1], seconds: 0.01)] }
        let windows = try await run(gateway)
        let last = try #require(windows.last).metrics
        #expect(last.totals.done > 5 && last.totals.failed == 0 && last.totals.isConserved)
        #expect(windows.allSatisfy { $0.metrics.stages.first.calls.duplicates == 0 })
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
        let duplicates = windows.reduce(0) { $0 + $1.metrics.stages.first.calls.duplicates }
        // The last window's may be on their way.
        #expect(duplicates > 0 && duplicates <= totals.done + totals.running)
    }

    @Test(
        "of-watchdog#103: of two callbacks for a call one result counts, whichever comes first, and no second one",
        arguments: [[502, 200], [200, 502], [200, 200]])
    func report44_twoCallbacks(statuses: [Int]) async throws {
        let gateway = QueueGateway { number in
            // The first task only; its later attempts are done.
            (number == 1 ? statuses : [200]).map { FunctionAnswer(status: $0, body: [1], seconds: 0.01) }
        }
        let windows = try await run(gateway)
        // A failure that came first may have sent the task back already, or not.
        let (duplicates, retries) = windows.reduce((0, 0)) {
            (
                $0.0 + $1.metrics.stages.first.calls.duplicates,
                $0.1 + $1.metrics.stages.first.calls.retries + $1.metrics.stages.first.calls.refusals
            )
        }
        #expect(statuses[0] == 502 ? duplicates <= 1 && retries <= 1 : duplicates == 1 && retries == 0)
        #expect(windows.flatMap(\.records).count { $0.task.index == 0 && $0.outcome == .done } == 1)
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
        #expect(windows.reduce(0) { $0 + $1.metrics.stages.first.calls.collisions } > 0)
        #expect(totals.failed == 0 && totals.done > 5 && totals.isConserved)
    }

    @Test("nats-queue-worker#90: a call that is answered 503 is recorded for its id, and the farm goes on")
    func report33_failedCall() async throws {
        let windows = try await run(
            QueueGateway { _ in
                [FunctionAnswer(status: 503, headers: [(name: "X-Duration-Seconds", value: "4.008")])]
            }, attempts: 2)
        let records = windows.flatMap(\.records).filter { $0.outcome == .failed }
        #expect(!records.isEmpty)
        #expect(records.allSatisfy { $0.reason == "status 503, not the function's" && $0.attempts == 2 })
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

    @Test("nats-streaming-server#1253: a queue that is slower than the attempt limit costs no attempt and no result")
    func slowQueue() async throws {
        // Two runs take longer than the limit, so the second one's must not count from its handing over.
        let gateway = QueueGateway(running: 1, for: 0.5)
        let windows = try await run(gateway, windows: 9, attempts: 1, attemptLimit: 0.95, workers: 5)
        let totals = try #require(windows.last).metrics.totals
        #expect(totals.done >= 3 && totals.failed == 0 && totals.isConserved)
        #expect(
            windows.allSatisfy {
                $0.metrics.stages.first.calls.retries == 0 && $0.metrics.stages.first.calls.duplicates == 0
            })
        // What waits in the gateway's queue is queued: one call runs, for as long as its callback says.
        #expect(windows.allSatisfy { $0.metrics.running <= 1 && $0.metrics.stages.first.utilisation <= 0.21 })
        let times = windows.compactMap(\.metrics.stages.first.serviceTimeMean)
        #expect(times.allSatisfy { abs($0 - 0.5) < 0.01 })
    }

    @Test("A queue that runs more calls at a time gets more, up to what it runs")
    func growing() async throws {
        let gateway = QueueGateway(running: 6, for: 0.1)
        let windows = try await run(gateway, windows: 6, workers: 9, rate: 200)
        let last = try #require(windows.last).metrics
        #expect(last.running >= 5 && last.totals.isConserved)
        // 60 a second is all that the queue can do, 10 what it does one by one.
        #expect(Double(last.completions) > 0.4 * 60 * last.windowSeconds)
        #expect(windows.flatMap(\.metrics.notes).contains { $0.contains("runs 6 calls at a time") })
    }

    @Test("A callback that comes after its attempt was given up completes its task; its next attempt's is a duplicate")
    func lateCallback() async throws {
        let answer = done()
        let delays = [1: 0.25, 2: 0.4]
        let gateway = QueueGateway(
            script: { number in delays[number].map { [($0, answer)] } ?? [] }, accepted: StubAnswer(202))
        let windows = try await run(gateway, windows: 3, attempts: 3, attemptLimit: 0.2, workers: 2)
        let record = try #require(windows.flatMap(\.records).first { $0.outcome == .done })
        #expect(record.task.id == gateway.state.withLock { $0.tasks.first })
        #expect(windows.flatMap(\.metrics.notes).contains { $0.contains("had been given up, and count") })
        #expect(windows.flatMap(\.metrics.notes).contains { $0.contains("callbacks are missing") })
        #expect(windows.last?.metrics.totals.isConserved == true)
    }

    @Test("celery#8943: tasks that the queue has accepted and not finished all count as waiting or running")
    func acceptedAndUnfinished() async throws {
        let windows = try await run(QueueGateway { _ in [] }, windows: 2, rate: 1_200)
        let last = try #require(windows.last).metrics
        #expect(last.totals.emitted > 500)
        #expect(last.queueLength + last.running == last.totals.emitted && last.running <= 1)
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
        #expect(desk.deliver(.success(FunctionAnswer(status: 200)), of: "a") == .unknown)
        desk.expect("a") { _ in }
        #expect(desk.deliver(.success(FunctionAnswer(status: 201)), of: "a") == .counted)
        let early = try await desk.result(of: "a", within: .seconds(5))
        #expect(try early?.get().status == 201)
        desk.expect("b") { _ in }
        async let late = desk.result(of: "b", within: .seconds(5))
        #expect(desk.deliver(.success(FunctionAnswer(status: 202)), of: "b") == .counted)
        #expect(try await late?.get().status == 202)
    }

    @Test("A callback after the limit, or a second one, is told to whoever made the call")
    func surplus() async throws {
        let desk = CallbackDesk(base: "http://h")
        let surplus = Count()
        desk.expect("a") { _ in surplus.value.withLock { $0 += 1 } }
        let nothing = try await desk.result(of: "a", within: .milliseconds(10))
        #expect(nothing == nil)
        #expect(desk.deliver(.success(FunctionAnswer(status: 200)), of: "a") == .late)
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

    @Test("nats-queue-worker#102: a callback is known by its path, without any header, behind a proxy's base path too")
    func path() {
        let desk = CallbackDesk(base: "http://farm.example/base")
        let path = desk.url(of: "k-1").dropFirst("http://farm.example".count)
        #expect(desk.key(in: String(path)) == "k-1")
        #expect(desk.key(in: String(path.dropFirst("/base".count))) == "k-1")
        #expect(desk.key(in: desk.path) == nil)
        #expect(desk.key(in: "/callback/k-1") == nil)
        #expect(desk.key(in: "/") == nil)
        #expect(FunctionAnswer(callbackHeaders: [(name: "X-Function-Status", value: "200")], body: [])?.status == 200)
    }

    @Test("What has no status is no callback")
    func malformed() {
        #expect(FunctionAnswer(callbackHeaders: [(name: "X-Call-Id", value: "a")], body: []) == nil)
        let headers = [(name: "X-Call-Id", value: "a"), (name: "X-Function-Status", value: "ok")]
        #expect(FunctionAnswer(callbackHeaders: headers, body: []) == nil)
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }
}

@Suite("A queue's concurrency")
struct QueueMeterTests {
    /// Keeps as many calls with a queue as the meter allows, and at most `most`.
    ///
    /// - Returns: what was found, and the most calls that were with the queue.
    private func play(
        _ meter: inout QueueMeter, running concurrency: Int, most: Int = .max, results: Int, from start: Double = 0
    )
        -> (found: [Int], largest: Int)
    {
        var free = [Double](repeating: start, count: concurrency)
        var calls: [(handedOver: Double, end: Double)] = []
        var found: [Int] = []
        var largest = 0
        var now = start
        for _ in 0..<results {
            while calls.count < min(meter.allowed, most) {
                let slot = free.indices.min { free[$0] < free[$1] } ?? 0
                free[slot] = max(now, free[slot]) + 0.4
                calls.append((now, free[slot]))
            }
            largest = max(largest, calls.count)
            let waiting = calls.count
            let next = calls.indices.min { calls[$0].end < calls[$1].end } ?? 0
            let call = calls.remove(at: next)
            now = call.end
            let count = meter.add(at: now, handedOver: call.handedOver, duration: 0.4, waiting: waiting)
            if let count { found.append(count) }
        }
        return (found, largest)
    }

    @Test("is found from the results' times, from one on", arguments: [1, 3, 8, 40])
    func concurrency(count: Int) {
        var meter = QueueMeter()
        let (found, largest) = play(&meter, running: count, results: 400)
        #expect(!found.isEmpty && found.allSatisfy { $0 == count })
        #expect(meter.concurrency == count && largest <= 2 * count)
    }

    @Test("follows a queue that gets more workers, or loses some")
    func change() {
        var meter = QueueMeter()
        _ = play(&meter, running: 2, results: 100)
        #expect(meter.concurrency == 2)
        _ = play(&meter, running: 10, results: 1_000, from: 100)
        #expect(meter.concurrency == 10)
        _ = play(&meter, running: 4, results: 1_000, from: 1_000)
        #expect(meter.concurrency == 4)
    }

    @Test("is not taken to be more because results come late, by any time", arguments: [0.1, 0.3, 0.39, 2])
    func lateResults(delay: Double) {
        var meter = QueueMeter()
        // One at a time, 0.4 s each; every third result is late, and comes in order all the same.
        var (now, free) = (0.0, 0.0)
        var calls: [(handedOver: Double, end: Double)] = []
        for index in 0..<200 {
            while calls.count < meter.allowed {
                free = max(now, free) + 0.4
                calls.append((now, free))
            }
            let waiting = calls.count
            let call = calls.removeFirst()
            now = max(now, call.end + (index % 3 == 0 ? delay : 0))
            _ = meter.add(at: now, handedOver: call.handedOver, duration: 0.4, waiting: waiting)
        }
        #expect(meter.concurrency == 1 && meter.allowed <= 2)
    }

    @Test("is not said when there was no more to do")
    func idle() {
        var meter = QueueMeter()
        let (found, _) = play(&meter, running: 8, most: 1, results: 64)
        #expect(found.isEmpty && meter.allowed == 2)
    }
}
