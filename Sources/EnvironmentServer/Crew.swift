import EnvironmentProtocol
import Foundation
import Sessions
import SwiftProtobuf

/// What a session's call came to.
struct FinishedCall: Sendable {
    enum Result: Sendable {
        /// A step whose reply its stepper has written.
        case written(isOver: Bool)
        /// All else; with the reply's bytes, where they were made beside the loop.
        case outcome(Outcome, reply: Data?)
    }

    let session: SessionKey
    let result: Result
    /// When its request came.
    let begun: ContinuousClock.Instant
}

/// Runs the calls of sessions where they belong: in place, on a thread, or as a task. What they came to is reported to the
/// ``Inbox``.
///
/// It belongs to the loop's thread.
final class Crew {
    typealias Task = @Sendable () async -> Void

    /// What has ended.
    enum Report: Sendable {
        case made(SessionKey, Outcome)
        case called(FinishedCall)
        case closed(SessionKey)
    }

    /// Jobs begun of which the end is not booked.
    private(set) var underWay = 0
    let encoder: ReplyEncoder
    private let inbox: Inbox
    private let tasks: AsyncStream<Task>.Continuation
    /// Outside Swift's cooperative pool, which calls that do not suspend would hold up.
    private let threads = DispatchQueue(label: "steps", attributes: .concurrent)

    /// - Parameter tasks: where those of the server's `run()` are begun.
    init(tasks: AsyncStream<Task>.Continuation, inbox: Inbox, encoder: ReplyEncoder) {
        self.tasks = tasks
        self.inbox = inbox
        self.encoder = encoder
    }

    /// What has come to the inbox since it was asked last, to be booked.
    func takeReports() -> Inbox.Contents {
        let contents = inbox.take()
        underWay -= contents.reports.count
        return contents
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
            return (FinishedCall(session: key, result: FinishedCall.Result(step), begun: begun), ended)
        }
        runThread { [frame = Data(message)] in
            let step = frame.withUnsafeBytes { StepRequestFrame($0).map { stepper.step($0, at: .now).0 } }
            let result = FinishedCall.Result(step ?? .failed(Outcome(kind: .error(.notOffered))))
            return .called(FinishedCall(session: key, result: result, begun: begun))
        }
        return nil
    }

    /// Runs what may take its time among the tasks of the server's `run()`.
    func runTask(_ job: @escaping @Sendable () async -> Report) {
        underWay += 1
        tasks.yield { [inbox] in inbox.put(await job()) }
    }

    private func runThread(_ job: @escaping @Sendable () -> Report) {
        underWay += 1
        threads.async { [inbox] in inbox.put(job()) }
    }
}

extension FinishedCall.Result {
    fileprivate init(_ step: Stepper.Step) {
        self =
            switch step {
            case .written(let state): .written(isOver: state == .done)
            case .failed(let outcome): .outcome(outcome, reply: nil)
            }
    }
}

extension WireRequest.OneOf_Kind {
    /// What is done in the environment: of a send, its step.
    fileprivate var call: WireRequest.OneOf_Kind {
        if case .send(let send) = self { .step(.with { $0.action = send.action }) } else { self }
    }
}
