import EnvironmentProtocol
import Gymnasium
import Logging
import Sessions

/// What a session's call came to.
struct Outcome: Sendable {
    var kind: WireReply.OneOf_Kind
    /// nil leaves it.
    var state: SessionState?
    /// After make.
    var made: Made?
    var wasCancelled = false

    /// What make leaves behind for the calls that follow.
    struct Made: Sendable {
        /// nil where calls may take their time, and go through the ``HostedEnvironment``.
        var stepper: Stepper?
    }

    init(kind: WireReply.OneOf_Kind, state: SessionState? = nil, made: Made? = nil) {
        self.kind = kind
        self.state = state
        self.made = made
    }

    /// The reply to a call that threw, and what it leaves the session in.
    init(failure error: any Error, logger: Logger) {
        switch error {
        case let error as EnvironmentError:
            let isOver = error.reason == .crashed || error.reason == .backendUnavailable
            self.init(kind: .error(WireError(error)), state: isOver ? .done : nil)
        case let refusal as WireRefusal: self.init(kind: .error(refusal.error), state: refusal.state)
        case let error as MalformedMessage:
            self.init(kind: .error(WireError(.invalidArgument, .badArgument, error.description)))
        case let error as SpaceMismatch:
            self.init(kind: .error(WireError(.invalidArgument, .badArgument, error.description)))
        default:
            let wasCancelled = error is CancellationError
            if !wasCancelled { logger.error("an environment failed: \(error)") }
            let crash = WireError(
                .internal, .envCrashed, "the environment failed: \(error); reset it, or make it again")
            self.init(kind: .error(crash), state: .done)
            self.wasCancelled = wasCancelled
        }
    }
}

/// An error reply that the environment's own errors have no words for.
struct WireRefusal: Error {
    let error: WireError
    /// What it leaves the session in; nil: as it was.
    var state: SessionState?

    init(_ error: WireError, leaving state: SessionState? = nil) {
        self.error = error
        self.state = state
    }

    /// A reward that no learner could use; the episode is over.
    static func nonFinite(reward: Double, of index: Int? = nil) -> WireRefusal {
        var error = WireError(
            .internal, .nonFiniteReward,
            index.map { "sub-environment \($0) gave the reward \(reward); reset it" }
                ?? "the environment gave the reward \(reward); its episode is over")
        if let index { error.envIndex = UInt32(clamping: index) }
        return WireRefusal(error, leaving: index == nil ? .done : nil)
    }
}
