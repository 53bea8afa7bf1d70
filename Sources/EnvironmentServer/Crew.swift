import EnvironmentProtocol
import Foundation
import Sessions
import SwiftProtobuf
import Synchronization
import ZeroMQ

/// What a session's call came to.
struct FinishedCall: Sendable {
    enum Result: Sendable {
        /// A step whose reply its stepper has written.
        case written(isOver: Bool)
        /// All else; with the reply's bytes, where they were made beside the loop. Boxed: steps, which are nearly all calls, have none
        /// of it to copy.
        indirect case outcome(Outcome, reply: Data?)
    }

    let session: SessionKey
    let result: Result
    /// When its request came.
    let begun: ContinuousClock.Instant
}

/// Runs the calls of sessions where they belong: in place, on a thread, or as a task; and keeps what other threads have to
/// tell the loop until it asks.
final class Crew: Sendable {
    /// What has ended.
    enum Report: Sendable {
        indirect case made(SessionKey, Outcome)
        case called(FinishedCall)
        case closed(SessionKey)
    }

    struct News: Sendable {
        var reports: [Report] = []
        /// Jobs begun of which the end was not told.
        var underWay = 0
        /// The server is to stop.
        var isStopping = false
    }

    let encoder: ReplyEncoder
    /// Wakes the loop while jobs run.
    let wake: WakeSignal
    /// Wakes it while none does.
    private let doorbell = Mutex<Doorbell?>(nil)
    private let news = Mutex(News())
    private let tasks = AsyncStream<@Sendable () async -> Void>.makeStream()
    /// Outside Swift's cooperative pool, which calls that do not suspend would hold up.
    private let threads = DispatchQueue(label: "steps", attributes: .concurrent)

    /// - Throws: when the process has no descriptors left.
    init(encoder: ReplyEncoder) throws(ZeroMQError) {
        self.encoder = encoder
        wake = try WakeSignal()
    }

    /// Runs what is begun as a task, until ``end()``.
    func runTasks() async {
        await withDiscardingTaskGroup { group in
            for await task in tasks.stream { group.addTask { await task() } }
        }
    }

    /// No further task is begun.
    func end() { tasks.continuation.finish() }

    /// Tells the loop that the server is to stop.
    func stop() {
        news.withLock { $0.isStopping = true }
        wake.signal()
        doorbell.withLock { $0?.ring() }
    }

    /// - Parameter bell: nil while the loop does not listen to it.
    func hang(_ bell: Doorbell?) { doorbell.withLock { $0 = bell } }

    var isIdle: Bool { news.withLock { $0.underWay == 0 } }

    /// What there is to tell since this was asked last.
    func takeNews() -> News {
        news.withLock { news in
            news.underWay -= news.reports.count
            defer { news.reports = [] }
            return news
        }
    }

    /// Runs a request in the session's environment.
    ///
    /// - Returns: what it came to, when it was quick enough to be made in place.
    func run(_ request: IncomingRequest, in session: ServedSession, _ key: SessionKey) -> FinishedCall? {
        guard let kind = request.content.kind?.call else { return nil }
        let begun = ContinuousClock.now
        let encoding = request.from.encoding
        @Sendable func finished(_ outcome: Outcome, _ reply: Data? = nil) -> FinishedCall {
            FinishedCall(session: key, result: .outcome(outcome, reply: reply), begun: begun)
        }
        guard let stepper = session.stepper else {
            runTask { [hosted = session.hosted] in
                .called(finished(await hosted.perform { try await $0.call(kind, encoding) }))
            }
            return nil
        }
        if stepper.isQuick(kind) { return finished(stepper.perform(kind, encoding)) }
        runThread { [encoder] in
            let outcome = stepper.perform(kind, encoding)
            // The result of a send is encoded for the recv that asks for it.
            if case .send = request.content.kind { return .called(finished(outcome)) }
            let reply = encoder.encode(
                outcome.kind, encoding, requestID: request.content.requestID,
                session: request.content.sessionID)
            return .called(finished(outcome, reply))
        }
        return nil
    }

    /// Makes a step whose request is read in place, and whose reply is written there.
    ///
    /// - Parameter message: which the next one is written over.
    /// - Returns: what it came to and when, when it was quick enough to be made in place.
    func step(
        _ request: StepRequestFrame, of message: UnsafeRawBufferPointer, in stepper: Stepper, _ key: SessionKey,
        at begun: ContinuousClock.Instant
    ) -> (FinishedCall, ContinuousClock.Instant)? {
        if stepper.isStepQuick {
            let (step, ended) = stepper.step(request, at: begun)
            return (FinishedCall(session: key, result: step, begun: begun), ended)
        }
        runThread { [frame = Data(message)] in
            let step = frame.withUnsafeBytes { StepRequestFrame($0).map { stepper.step($0, at: .now).0 } }
            let result = step ?? .outcome(Outcome(.notOffered), reply: nil)
            return .called(FinishedCall(session: key, result: result, begun: begun))
        }
        return nil
    }

    /// Runs what may take its time among the tasks of ``runTasks()``.
    func runTask(_ job: @escaping @Sendable () async -> Report) {
        news.withLock { $0.underWay += 1 }
        tasks.continuation.yield { self.tell(await job()) }
    }

    private func runThread(_ job: @escaping @Sendable () -> Report) {
        news.withLock { $0.underWay += 1 }
        threads.async { self.tell(job()) }
    }

    private func tell(_ report: Report) {
        news.withLock { $0.reports.append(report) }
        wake.signal()
    }
}

extension WireRequest.OneOf_Kind {
    /// What is done in the environment: of a send, its step.
    fileprivate var call: WireRequest.OneOf_Kind {
        if case .send(let send) = self { .step(.with { $0.action = send.action }) } else { self }
    }
}
