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

/// A gateway that now and then answers in a function's place.
private final class RefusingGateway: Sendable {
    enum Way: String, Sendable, CaseIterable { case invoke, queue }

    /// What real ones answer with status 500, none of which is the function's word.
    static let answers: [FunctionAnswer] = [
        answer("", source: "of-watchdog", duration: 0.001),
        answer("Can't reach service for: worker.", source: "proxy"),
        answer("error finding function worker.openfaas-fn: unable to scale function worker.openfaas-fn to 1"),
        answer("Error queuing request: nats: outbound buffer limit exceeded"),
    ]

    let desk = CallbackDesk(base: "http://127.0.0.1:1")
    let calls = Mutex(0)
    let isRefused: @Sendable (Int) -> Bool

    init(isRefused: @escaping @Sendable (Int) -> Bool) {
        self.isRefused = isRefused
    }

    private static func answer(_ body: String, source: String? = nil, duration: Double? = nil) -> FunctionAnswer {
        var headers: [(name: String, value: String)] = []
        if let source { headers.append(("X-Openfaas-Internal", source)) }
        if let duration { headers.append(("X-Duration-Seconds", String(duration))) }
        return FunctionAnswer(
            status: 500, headers: headers, body: Array(body.utf8), durationSeconds: duration, internalSource: source,
            seconds: 0.002)
    }

    private func deliver(_ answer: FunctionAnswer, to request: StubRequest) {
        guard let url = request["X-Callback-Url"], url.hasPrefix(desk.url + "/") else { return }
        desk.deliver(.success(answer), of: String(url.dropFirst(desk.url.count + 1)))
    }

    func answer(_ request: StubRequest) -> StubAnswer {
        if request.path == "/async-function/faasfarm-self-test" {
            deliver(FunctionAnswer(status: 404), to: request)
            return StubAnswer(202)
        }
        guard request.path.contains("function/"), !request.path.hasPrefix("/system/") else {
            if request.method == "POST" { return StubAnswer(202) }
            return .json(#"{"name":"worker","image":"i","replicas":4,"availableReplicas":4}"#)
        }
        let number = calls.withLock { calls in
            calls += 1
            return calls
        }
        let refusal = isRefused(number) ? Self.answers[number / 5 % Self.answers.count] : nil
        guard request.path.hasPrefix("/async-function/") else {
            guard let refusal else { return .text("done", headers: [("X-Duration-Seconds", "0.01")]) }
            return StubAnswer(500, headers: refusal.headers, body: refusal.body)
        }
        if let refusal, refusal.text.hasPrefix("Error queuing") { return StubAnswer(500, body: refusal.body) }
        deliver(refusal ?? FunctionAnswer(status: 200, body: [1], seconds: 0.01), to: request)
        return StubAnswer(202)
    }

    func withFarm(_ way: Way, rate: Double = 40, attempts: Int = 5, _ body: (LiveFarm) async throws -> Void)
        async throws
    {
        let scenario = Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 4, max: 4, initial: 4), stepSeconds: 0.5, steps: 8,
            retry: RetryPolicy(maxAttempts: attempts, firstDelay: 0.01, maxDelay: 0.02))
        let stub = try StubGateway { self.answer($0) }
        defer { stub.stop() }
        var pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), functions: ["worker"])
        if way == .queue { pool.queue = .init(desk: desk, selfTestLimit: .milliseconds(200)) }
        try await withLiveFarm(scenario, over: pool, body)
    }
}

@Suite("Answers in a function's place", .serialized, .timeLimit(.minutes(1)))
struct RefusalTests {
    @Test(
        "Each of the platform's own 500s on a fifth of the calls: no task fails",
        arguments: RefusingGateway.Way.allCases)
    fileprivate func fifthOfCalls(way: RefusingGateway.Way) async throws {
        let gateway = RefusingGateway { $0 % 5 == 0 }
        try await gateway.withFarm(way, attempts: 3) { farm in
            _ = try await farm.reset(seed: Seed(1))
            var windows: [FarmWindow] = []
            while windows.last?.end == nil, windows.count < 8 { windows.append(try await farm.advance(Staffing(4))) }
            let totals = try #require(windows.last).metrics.totals
            #expect(totals.failed == 0 && totals.isConserved, "\(totals)")
            #expect(totals.done > 40)
            #expect(windows.reduce(0) { $0 + $1.metrics.stages.first.calls.refusals } >= 8)
            // Said once, however often it happened.
            #expect(windows.flatMap(\.metrics.notes).count { $0.contains("refuses calls") } == 1)
        }
    }

    @Test("A function that refuses all calls is asked a few times, costs no task, and is told of in its words")
    fileprivate func neverStarts() async throws {
        let gateway = RefusingGateway { _ in true }
        try await gateway.withFarm(.invoke) { farm in
            _ = try await farm.reset(seed: Seed(2))
            var last: FarmWindow?
            var notes: [String] = []
            for _ in 0..<6 {
                last = try await farm.advance(Staffing(4))
                notes += last?.metrics.notes ?? []
            }
            #expect(last?.metrics.totals.failed == 0)
            #expect(last?.metrics.totals.done == 0)
            #expect(gateway.calls.withLock { $0 } < 12)
            #expect(notes.contains { $0.hasPrefix("worker: refuses calls") })
        }
    }

    @Test("A task that stops every function it meets fails in the end")
    func poison() {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 2, firstDelay: 0, maxDelay: 0))
        ledger.emit(FarmTask(id: "t", index: 0, generatedAt: 0, deadlineAt: 1, serviceSeconds: nil), at: 0)
        var calls = 0
        while let next = ledger.beginNext(at: Double(calls)), calls < 100 {
            calls += 1
            ledger.refuse(next.ticket, reason: "it died", worker: "w", isProven: true, at: Double(calls))
        }
        #expect(calls == TaskLedger.refusalsForFree + 2)
        #expect(ledger.totals.failureReasons == ["it died": 1])
    }
}
