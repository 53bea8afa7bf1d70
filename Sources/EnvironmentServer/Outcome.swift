import EnvironmentProtocol
import Gymnasium
import Logging
import Sessions

/// What a session's call came to.
struct Outcome: Sendable {
    var kind: WireReply.OneOf_Kind
    /// As the rules of sessions see it.
    var end: CallEnd
    /// After make.
    var made: Made?

    /// What make leaves behind for the calls that follow.
    struct Made: Sendable {
        /// nil where calls may take their time, and go through the ``HostedEnvironment``.
        var stepper: Stepper?
    }

    /// What was asked for.
    ///
    /// - Parameter isOver: a step has ended a single environment's episode.
    init(_ kind: WireReply.OneOf_Kind, isOver: Bool = false, made: Made? = nil) {
        self.kind = kind
        self.made = made
        end = .success(isOver: isOver)
    }

    /// An error.
    init(_ error: WireError, _ end: CallEnd = .refused) {
        kind = .error(error)
        self.end = end
    }

    /// The reply to a call that threw, and what it leaves the session in.
    init(failure error: any Error, logger: Logger) {
        switch error {
        case let error as EnvironmentError:
            self.init(WireError(error), error.endsEpisodes ? .failed : .refused)
        case let refusal as WireRefusal: self.init(refusal.error, refusal.end)
        case let error as MalformedMessage: self.init(WireError(.invalidArgument, .badArgument, error.description))
        case let error as SpaceMismatch: self.init(WireError(.invalidArgument, .badArgument, error.description))
        default:
            let wasCancelled = error is CancellationError
            if !wasCancelled { logger.error("an environment failed: \(error)") }
            self.init(
                WireError(.internal, .envCrashed, "the environment failed: \(error); reset it, or make it again"),
                wasCancelled ? .cancelled : .failed)
        }
    }
}

/// An error reply that the environment's own errors have no words for.
struct WireRefusal: Error {
    let error: WireError
    let end: CallEnd

    init(_ error: WireError, _ end: CallEnd = .refused) {
        self.error = error
        self.end = end
    }

    /// A reward that no learner could use; the episode is over.
    static func nonFinite(reward: Double, of index: Int? = nil) -> WireRefusal {
        var error = WireError(
            .internal, .nonFiniteReward,
            index.map { "sub-environment \($0) gave the reward \(reward); reset it" }
                ?? "the environment gave the reward \(reward); its episode is over")
        if let index { error.envIndex = UInt32(clamping: index) }
        return WireRefusal(error, index == nil ? .failed : .refused)
    }
}
