import Curl
import Foundation
import HTTPTypes
import Logging
import OpenFaaS
import Synchronization

/// Makes the calls that were accepted to be made later: each waits in its function's line like any other, runs, and its answer is
/// kept and sent to its callback.
final class StoredRunner: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var isEnding = false
        var waiting = 0
    }

    private let ingress: FunctionIngress
    private let calls: StoredCalls
    private let sender: CallSender
    private let logger: Logger
    private let state = Mutex(State())
    /// A call whose gateway is away is not lost: nothing was sent. For so long it is tried again, in seconds, or for its deadline.
    private static let patience = 60.0

    init(_ ingress: FunctionIngress, _ calls: StoredCalls, _ sender: CallSender, _ logger: Logger) {
        (self.ingress, self.calls, self.sender, self.logger) = (ingress, calls, sender, logger)
    }

    /// Calls that were accepted and have not begun.
    var waiting: Int { state.withLock { $0.waiting } }

    /// Takes up what an earlier program has left.
    func takeOver() {
        for (function, count) in calls.leftovers.repeated {
            ingress.lines[function]?.note(repeated: count)
            logger.warning("\(count) calls of \(function) ran when the ingress ended, and run again: perhaps twice")
        }
        for (function, count) in calls.leftovers.interrupted {
            ingress.lines[function]?.note(interrupted: count)
            logger.warning("\(count) calls of \(function) ran when the ingress ended, and are given up")
        }
        for call in calls.leftovers.unfinished {
            if call.isOver {
                start(call.number) { [self] in await callBack(call.number) }
            } else if let line = ingress.lines[call.function] {
                let age = max(Date().timeIntervalSince1970 - call.accepted, 0)
                enter(call.number, line, arrival: ingress.clock.now - age)
            } else {
                logger.warning("a call of \(call.function) waits, which is not steered any more; it stays in the file")
            }
        }
    }

    /// Writes a call down, and has it wait for its turn.
    func accept(_ call: StoredCall, _ line: FunctionLine, arrival: Double) async throws {
        let number = try await calls.accept(call)
        line.arrive(at: arrival)
        enter(number, line, arrival: arrival)
    }

    func find(_ id: String) async throws -> StoredLookup? { try await calls.find(id) }

    /// Has a call wait for its turn.
    private func enter(_ number: Int, _ line: FunctionLine, arrival: Double) {
        state.withLock { $0.waiting += 1 }
        line.enter(arrival: arrival) { [self] admission in
            state.withLock { $0.waiting -= 1 }
            // Otherwise the next program makes it.
            guard admission == .begins else { return }
            if !start(number, { [self] in await run(number, line, arrival: arrival) }) { line.leave() }
        }
    }

    /// Ends what runs. The next program makes it again, or gives it up.
    func end() async {
        let tasks = state.withLock { state in
            state.isEnding = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    @discardableResult
    private func start(_ number: Int, _ body: @escaping @Sendable () async -> Void) -> Bool {
        state.withLock { state in
            guard !state.isEnding else { return false }
            state.tasks[number] = Task { [self] in
                await body()
                self.state.withLock { $0.tasks[number] = nil }
            }
            return true
        }
    }

    private func run(_ number: Int, _ line: FunctionLine, arrival: Double) async {
        let call: StoredCall?
        do {
            call = try await calls.begin(number)
        } catch {
            logger.error("a call that was accepted cannot be read, and is not made: \(error)")
            call = nil
        }
        guard let call else { return line.leave() }
        var account = CallUnderWay(call, line, arrival: arrival, ingress)
        guard let answer = await answer(to: call, &account) else { return line.leave() }
        account.finish(answer.reason == nil ? .answered : .unanswered, status: answer.status)
        do {
            try await calls.end(number, answer)
        } catch {
            return logger.error("what came of a call cannot be written down; it may be made again: \(error)")
        }
        await callBack(number)
    }

    /// The answer to keep; nil: the ingress ends.
    private func answer(to call: StoredCall, _ account: inout CallUnderWay) async -> StoredAnswer? {
        let request = sender.request(
            call.method, call.target, headers: call.headers.map { ($0.name, $0.value) }, body: Array(call.body))
        let limit = ingress.clock.now + max(call.deadline, StoredRunner.patience)
        let start = ContinuousClock.now
        while true {
            do {
                let (exchange, head) = try await sender.answer(to: request, upload: nil, &account)
                var body = Data()
                while let piece = try await exchange.next() {
                    body.append(contentsOf: piece)
                    guard body.count <= ingress.settings.mostStoredBytes else {
                        exchange.cancel()
                        throw HTTPFailure(
                            .tooLarge, "the answer is longer than \(ingress.settings.mostStoredBytes) bytes")
                    }
                }
                account.answered()
                let fields = ForwardedHeaders.answer(head.headers)
                return StoredAnswer(
                    status: head.status, headers: fields.map { .init(name: $0.name.rawName, value: $0.value) },
                    body: body, seconds: (.now - start) / .seconds(1))
            } catch {
                if Task.isCancelled { return nil }
                if let failure = error as? HTTPFailure, failure.kind == .notConnected || failure.kind == .shortage,
                    ingress.clock.now < limit
                {
                    try? await Task.sleep(for: .seconds(1))
                    continue
                }
                let answer = IngressAnswer(error)
                return StoredAnswer(
                    status: answer.status.code, headers: [], body: Data(), seconds: (.now - start) / .seconds(1),
                    reason: answer.text)
            }
        }
    }

    /// Sends what came of a call to its callback, once, as the queue of OpenFaaS does.
    private func callBack(_ number: Int) async {
        do {
            guard let call = try await calls.call(number), let callback = call.callback,
                let answer = try await calls.answer(number)
            else { return }
            var headers = answer.headers.map { (name: $0.name, value: $0.value) }.filter {
                !["date", "content-length", "x-call-id"].contains($0.name.lowercased())
            }
            headers.append(("X-Call-Id", call.headers.first { $0.name.lowercased() == "x-call-id" }?.value ?? call.id))
            headers.append(("X-Function-Name", call.function))
            headers.append(("X-Function-Status", String(answer.status)))
            headers.append(("X-Duration-Seconds", String(format: "%.6f", answer.seconds)))
            do {
                let said = try await ingress.client.send(
                    Curl.HTTPRequest(
                        "POST", callback, headers: headers, body: Array(answer.body), timeout: .seconds(60)))
                if !(200..<300).contains(said.status) {
                    logger.warning("the callback of \(call.id) was answered \(said.status); it is not sent again")
                }
            } catch {
                if Task.isCancelled { return }
                logger.warning("the callback of \(call.id) was lost: \(error)")
            }
            try await calls.noteCallback(of: number)
        } catch {
            logger.error("what came of a call cannot be read or written down: \(error)")
        }
    }
}
