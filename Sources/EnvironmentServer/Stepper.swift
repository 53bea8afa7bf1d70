import EnvironmentProtocol
import Foundation

/// Makes the calls of one session on whichever thread asks, and knows what they cost.
///
/// Unchecked: the session's rules see to it that calls come one at a time, each after the end of the last one.
final class Stepper: @unchecked Sendable {
    /// Handing a call to another thread and back takes about as long as this.
    private static let quick = Duration.microseconds(100)

    private let host: RowsHost
    private let encoder: ReplyEncoder
    private var writer = FrameWriter()
    private let clock = ContinuousClock()
    // The last call's, or that of a dearer one before it, of which a little is forgotten each time; nil until one was made.
    private var stepCost: Duration?
    private var resetCost: Duration?

    /// - Parameter host: of immediate rows.
    init(_ host: RowsHost, encoder: ReplyEncoder) {
        self.host = host
        self.encoder = encoder
    }

    /// The reply that the last step has written; not while a call is made.
    func withReply<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(writer.bytes) }

    /// Whether a step is over sooner than another thread could begin it.
    var isStepQuick: Bool { stepCost.map { $0 < Stepper.quick } ?? false }

    /// Whether a call is over sooner than another thread could begin it.
    func isQuick(_ request: WireRequest.OneOf_Kind) -> Bool {
        switch request {
        case .step: isStepQuick
        case .reset: resetCost.map { $0 < Stepper.quick } ?? false
        default: false
        }
    }

    /// Makes a call.
    func perform(_ request: WireRequest.OneOf_Kind, _ encoding: MessageEncoding) -> Outcome {
        let begun = clock.now
        let outcome = host.answerNow(request, encoding)
        let cost = clock.now - begun
        switch request {
        case .step: stepCost = remembered(cost, before: stepCost)
        case .reset: resetCost = remembered(cost, before: resetCost)
        default: break
        }
        return outcome
    }

    /// Makes a step and writes its reply; what it throws is an outcome too.
    ///
    /// - Parameter begun: now.
    /// - Returns: with the time of its end.
    func step(_ request: StepRequestFrame, at begun: ContinuousClock.Instant) -> (
        FinishedCall.Result, ContinuousClock.Instant
    ) {
        var ended = begun
        do {
            let isOver = try writer.stepReply(
                to: request.requestID, session: request.session,
                serverTime: {
                    ended = clock.now
                    return encoder.serverTime(at: ended)
                }
            ) { try host.stepNow(request.action, into: &$0) }
            stepCost = remembered(ended - begun, before: stepCost)
            return (.written(isOver: isOver), ended)
        } catch {
            ended = clock.now
            stepCost = remembered(ended - begun, before: stepCost)
            return (.outcome(host.failure(error, of: nil), reply: nil), ended)
        }
    }

    private func remembered(_ cost: Duration, before: Duration?) -> Duration {
        before.map { max(cost, $0 * 0.9) } ?? cost
    }
}
