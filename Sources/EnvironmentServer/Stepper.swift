import EnvironmentProtocol
import Logging

/// An environment whose calls return soon, as the protocol's messages: requests in, replies out.
protocol ImmediateHost: AnyObject {
    func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply
    func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply
    func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply
}

/// Makes the calls of one session on whichever thread asks, and knows what they cost.
///
/// Unchecked: the router sees to it that calls come one at a time, each after the end of the last one.
final class Stepper: @unchecked Sendable {
    /// Handing a call to another thread and back takes about as long as this.
    private static let quick = Duration.microseconds(100)

    private let host: any ImmediateHost
    private let mayWait: Bool
    private let logger: Logger
    private let clock = ContinuousClock()
    // The last call's, or that of a dearer one before it, of which a little is forgotten each time; nil until one was made.
    private var stepCost: Duration?
    private var resetCost: Duration?

    /// - Parameter mayWait: a call may take any time, however soon the last ones were over.
    init(_ host: some ImmediateHost, mayWait: Bool = false, logger: Logger) {
        self.host = host
        self.mayWait = mayWait
        self.logger = logger
    }

    /// Whether a call is over sooner than another thread could begin it.
    func isQuick(_ request: WireRequest.OneOf_Kind) -> Bool {
        if mayWait { return false }
        return switch request {
        case .step: stepCost.map { $0 < Stepper.quick } ?? false
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

    private func cost(since begun: ContinuousClock.Instant, before: Duration?) -> Duration {
        let now = clock.now - begun
        return before.map { max(now, $0 * 0.9) } ?? now
    }
}

extension WireError {
    static let notOffered = WireError(
        .unimplemented, .capabilityMissing,
        "this server does not offer this request; hello's capabilities say what it offers")
}
