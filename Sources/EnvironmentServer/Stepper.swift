import EnvironmentProtocol
import Foundation
import Logging
import Sessions

/// An environment whose calls return soon, as the protocol's messages: requests in, replies out.
protocol ImmediateHost: AnyObject {
    func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply
    func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply
    /// The same, with the fields of the `Step.Reply` put into bytes right away.
    ///
    /// - Returns: whether a single environment's episode is over.
    func step(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool
    func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply
}

/// Makes the calls of one session on whichever thread asks, and knows what they cost.
///
/// Unchecked: the router sees to it that calls come one at a time, each after the end of the last one.
final class Stepper: @unchecked Sendable {
    /// Handing a call to another thread and back takes about as long as this.
    private static let quick = Duration.microseconds(100)

    /// What a step came to.
    enum Step: Sendable {
        /// The reply is ``withReply(_:)``'s; the session's state after it.
        case written(SessionState)
        case failed(Outcome)
    }

    private let host: any ImmediateHost
    private let encoder: ReplyEncoder
    private let mayWait: Bool
    private let logger: Logger
    private var writer = FrameWriter()
    private let clock = ContinuousClock()
    // The last call's, or that of a dearer one before it, of which a little is forgotten each time; nil until one was made.
    private var stepCost: Duration?
    private var resetCost: Duration?

    /// - Parameter mayWait: a call may take any time, however soon the last ones were over.
    init(_ host: some ImmediateHost, mayWait: Bool = false, encoder: ReplyEncoder) {
        self.host = host
        self.mayWait = mayWait
        self.encoder = encoder
        logger = encoder.logger
    }

    /// The reply that the last step has written; not while a call is made.
    func withReply(_ body: (UnsafeRawBufferPointer) -> Void) { body(writer.bytes) }

    /// That reply, on its own.
    var lastReply: Data { Data(writer.bytes) }

    /// Whether a step is over sooner than another thread could begin it.
    var isStepQuick: Bool { !mayWait && stepCost.map { $0 < Stepper.quick } ?? false }

    /// Whether a call is over sooner than another thread could begin it.
    func isQuick(_ request: WireRequest.OneOf_Kind) -> Bool {
        if mayWait { return false }
        return switch request {
        case .step: isStepQuick
        case .reset: resetCost.map { $0 < Stepper.quick } ?? false
        default: false
        }
    }

    /// Makes a call; what it throws is an outcome too.
    func perform(_ request: WireRequest.OneOf_Kind, readable: Bool) -> Outcome {
        let begun = clock.now
        do {
            switch request {
            case .step(let step):
                defer { stepCost = cost(since: begun, before: stepCost) }
                let reply = try host.step(step.action, readable: readable)
                // A vector goes on after the ends of its sub-environments' episodes.
                return Outcome(kind: .step(reply), state: reply.terminated || reply.truncated ? .done : .ready)
            case .reset(let reset):
                defer { resetCost = cost(since: begun, before: resetCost) }
                return Outcome(kind: .reset(try host.reset(reset, readable: readable)), state: .ready)
            case .render(let render):
                return Outcome(kind: .render(try host.render(render, readable: readable)))
            default:
                return Outcome(kind: .error(.notOffered))
            }
        } catch {
            return Outcome(failure: error, logger: logger)
        }
    }

    /// Makes a step and writes its reply; what it throws is an outcome too.
    ///
    /// - Parameter begun: now.
    /// - Returns: with the time of its end.
    func step(_ request: StepRequestFrame, at begun: ContinuousClock.Instant) -> (Step, ContinuousClock.Instant) {
        var ended = begun
        do {
            let isOver = try writer.stepReply(
                to: request.requestID, session: request.session,
                serverTime: {
                    ended = clock.now
                    return encoder.serverTime(at: ended)
                }
            ) { try host.step(request.action, into: &$0) }
            remember(cost: ended - begun)
            return (.written(isOver ? .done : .ready), ended)
        } catch {
            ended = clock.now
            remember(cost: ended - begun)
            return (.failed(Outcome(failure: error, logger: logger)), ended)
        }
    }

    private func remember(cost: Duration) { stepCost = stepCost.map { max(cost, $0 * 0.9) } ?? cost }

    private func cost(since begun: ContinuousClock.Instant, before: Duration?) -> Duration {
        let now = clock.now - begun
        return before.map { max(now, $0 * 0.9) } ?? now
    }
}
