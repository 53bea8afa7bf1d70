import Farm
import Numbers
import OpenFaaS
import Synchronization

/// Calls functions through the gateway's queue, with callbacks.
///
/// A callback belongs to its task: it completes one that is open, whichever attempt it answers. No more calls are handed over
/// than the queue was seen to run at a time, and an attempt's limit counts from when its call can be running.
final class QueueInvoker: TaskInvoker {
    private struct State {
        var meter = QueueMeter()
        var line = QueueLine()
        /// Of the requests that the callbacks' listener refused, those that were told of.
        var toldStrays = 0
        var report: (@Sendable (InvokerReport) async -> Void)?
    }

    private let pool: GatewayPool
    private let queue: GatewayPool.Queue
    /// Of an attempt, in the scenario's seconds and in real time.
    private let attemptLimit: (scenario: Double, real: Duration)
    /// In keys, which no other farm's calls have.
    private let token = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    private let origin = ContinuousClock.now
    private let state = Mutex(State())

    init(_ pool: GatewayPool, _ queue: GatewayPool.Queue, attemptLimit: Double, speed: Double) {
        self.pool = pool
        self.queue = queue
        self.attemptLimit = (attemptLimit, Duration(clampingSeconds: attemptLimit / speed))
    }

    /// What the callback of an attempt's call is known by.
    private func key(of number: Int) -> String { "\(token)-\(number)" }

    func shortage(of calls: Int) -> String? { pool.shortage(of: calls) }

    var hasRoom: Bool { state.withLock { $0.line.count < $0.meter.allowed } }

    /// Gives a call its place in the queue's line, and waits for its callback from now on.
    func begin(_ attempt: TaskAttempt) -> [TaskAttempt] {
        queue.desk.expect(key(of: attempt.number)) { [weak self] callback in self?.takeLate(callback, of: attempt) }
        return state.withLock { state in
            state.line.handOver(.init(attempt: attempt, handedOver: .now))
            return state.line.start(state.meter.concurrency, at: .now)
        }
    }

    func perform(_ attempt: TaskAttempt) async -> AttemptEnd {
        do {
            let answer = try await answer(to: attempt)
            // What a full or missing function answers says nothing of the queue.
            if answer.isFunctions || (200...299).contains(answer.status) {
                state.withLock { $0.line.note(ran: answer.seconds, attempt.number) }
            }
            var end = AttemptEnd(.success(answer))
            end.ranSeconds = answer.seconds
            return end
        } catch {
            return AttemptEnd(.failure(error))
        }
    }

    /// Puts a call into the queue and waits for its callback.
    private func answer(to attempt: TaskAttempt) async throws -> FunctionAnswer {
        let start = ContinuousClock.now
        let (key, name) = (key(of: attempt.number), attempt.worker)
        var call = attempt.call
        call.id += "-\(key)"
        let accepted: FunctionAnswer
        do {
            accepted = try await pool.gateway.enqueue(
                name, call, callback: queue.desk.url(of: key), bodyLimit: queue.bodyLimit)
        } catch {
            queue.desk.forget(key)
            throw error
        }
        guard accepted.status == 202 else {
            queue.desk.forget(key)
            return accepted
        }
        guard let callback = try await queue.desk.result(of: key) else {
            throw GatewayError(
                .noCallback,
                "\(name): accepted by the queue, and no callback came to \(queue.desk.base) within \(call.timeout); the "
                    + "queue's worker must run, and reach that address (--callback-url)")
        }
        var answer = try callback.get()
        if answer.seconds == 0 { answer.seconds = (ContinuousClock.now - start) / .seconds(1) }
        return answer
    }

    func end(_ attempt: TaskAttempt, _ end: AttemptEnd) -> AttemptLeave {
        state.withLock { state in
            var leave = AttemptLeave()
            let waiting = state.line.count
            guard let call = state.line.remove(attempt.number, isGivenUp: end.isLost) else { return leave }
            leave.hasWaited = call.running == nil
            if let ran = call.ran {
                if call.running == nil { state.line.overtake(at: .now) }
                state.line.learn(call, ran: Duration(clampingSeconds: ran), until: .now)
                let found = state.meter.add(
                    at: (ContinuousClock.now - origin) / .seconds(1),
                    handedOver: (call.handedOver - origin) / .seconds(1), duration: ran, waiting: waiting)
                if let count = found { leave.notes = [Self.concurrency(count)] }
            }
            leave.started = state.line.start(state.meter.concurrency, at: .now)
            return leave
        }
    }

    private static func concurrency(_ count: Int) -> FarmNote {
        let calls = count == 1 ? "one call" : "\(count) calls"
        return FarmNote(
            .queueConcurrency, "this queue runs \(calls) at a time, so more workers than that have nothing to do")
    }

    func beginEpisode() { state.withLock { $0.line.forgetAbandoned() } }

    /// What came to the callbacks' address without being one.
    func news() -> [FarmNote] {
        let strays = queue.desk.strays
        return state.withLock { state in
            guard strays.count > state.toldStrays else { return [] }
            state.toldStrays = strays.count
            let text =
                "\(strays.count) requests to the callbacks' address were refused, the last one because \(strays.problem)"
            return [FarmNote(.strayCallbacks, text)]
        }
    }

    /// A callback of a call that had one, or had been given up: still a result of its task, if that has none.
    private func takeLate(_ callback: CallbackDesk.Callback, of attempt: TaskAttempt) {
        guard case .success(let answer) = callback else { return }
        let (call, report) = state.withLock { state in
            let call = state.line.recover(attempt.number)
            if let call, answer.seconds > 0 {
                state.line.learn(call, ran: Duration(clampingSeconds: answer.seconds), until: .now)
            }
            return (call, state.report)
        }
        var end = AttemptEnd(.success(answer))
        end.ranSeconds = answer.seconds > 0 ? answer.seconds : nil
        if call != nil {
            let text =
                "results came after their attempts had been given up, and count: the gateway's queue is slower than the "
                + "attempt limit of \(attemptLimit.scenario) s"
            end.notes = [FarmNote(.lateCallbacks, text)]
        }
        guard let report else { return }
        Task { [end] in await report(.late(end, of: attempt)) }
    }

    func run(_ report: @escaping @Sendable (InvokerReport) async -> Void) async {
        state.withLock { $0.report = report }
        async let test: Void = test(report)
        await giveUpLate()
        await test
    }

    /// Gives up calls whose limit has passed, until it is cancelled.
    private func giveUpLate() async {
        let limit = attemptLimit.real
        while !Task.isCancelled {
            let (overdue, next) = state.withLock { ($0.line.overdue(limit, at: .now), $0.line.nextEnd(limit)) }
            for number in overdue { queue.desk.giveUp(key(of: number)) }
            // A call that is given up leaves the line a moment later.
            let pause = max(.milliseconds(10), min((next ?? .now + limit) - .now, .seconds(1)))
            try? await Task.sleep(for: pause)
        }
    }

    /// Sends a call of a function that is not there through the queue: its callback proves the way back.
    private func test(_ report: @Sendable (InvokerReport) async -> Void) async {
        let key = "\(token)-test"
        func note(_ text: String) async { await report(.note(FarmNote(.queueTest, text))) }
        queue.desk.expect(key) { _ in }
        do {
            let answer = try await pool.gateway.enqueue(
                "faasfarm-self-test", TaskCall(id: "self-test-\(token)", timeout: .seconds(10)),
                callback: queue.desk.url(of: key), bodyLimit: queue.bodyLimit)
            guard answer.status == 202 else {
                queue.desk.forget(key)
                let answered = "/async-function/ was answered \(answer.status) \(answer.text.prefix(200))"
                // Any other status may pass; tasks are retried meanwhile.
                guard answer.status == 404 else { return await note("the queue could not be tested: \(answered)") }
                return await report(
                    .broken("the gateway \(pool.gateway.address) has no queue: \(answered); use --dispatch invoke"))
            }
            if try await queue.desk.result(of: key, within: queue.selfTestLimit) == nil {
                await note(
                    "no callback of a test call came to \(queue.desk.base) within \(queue.selfTestLimit): the gateway's queue "
                        + "must reach that address (--callback-url), or is busy")
            }
        } catch {
            queue.desk.forget(key)
            if !(error is CancellationError) { await note("the queue could not be tested: \(error)") }
        }
    }
}
