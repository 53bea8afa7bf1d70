/// A decision of a period: what was seen, what was recommended, what the rails made of it, what was done. Written down before
/// anything is done.
public struct SteeringDecision: Sendable, Hashable, Codable {
    /// Who may act.
    public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// The number is asked for.
        case steer
        /// The number is only written down.
        case advise
    }

    /// Who recommended.
    public enum Author: String, Sendable, Hashable, Codable {
        case policy, fallback
        /// Whoever took the function from its policy: the number that was there before is asked for.
        case revert
        /// Nobody: the number that was asked for is kept.
        case nobody
    }

    /// A change that a guard rail made.
    public struct Refusal: Sendable, Hashable, Codable {
        /// The rail, as in `faasfarm steer --help`.
        public var rail: String
        public var from: Int
        public var to: Int
        /// For people.
        public var reason: String

        public init(rail: String, from: Int, to: Int, reason: String) {
            (self.rail, self.from, self.to, self.reason) = (rail, from, to, reason)
        }
    }

    /// What the platform made of it.
    public enum Outcome: Sendable, Hashable, Codable {
        /// Nothing was asked for: the mode is advise.
        case advised
        /// The platform has the number already.
        case unchanged
        case applied(seen: WorkersSeen?)
        case refused(reason: String)
    }

    /// Of the function, from 1, without a gap.
    public var number: Int
    /// Seconds since 1970.
    public var time: Double
    public var function: String
    public var mode: Mode
    /// As it was read; nil: nothing could be read, for ``blindness``'s reason.
    public var sighting: Sighting?
    public var blindness: String?
    /// How old the input was, in seconds.
    public var inputAge: Double
    /// What the platform said of the workers; nil: it did not answer.
    public var workers: WorkersSeen?
    /// The number that was asked for before.
    public var before: Int
    /// What the policy said, right or wrong; nil: nothing in time, or nothing usable.
    public var recommended: Int?
    /// Why the policy's number was not taken.
    public var fault: String?
    public var author: Author
    /// The number that went into the rails.
    public var proposed: Int
    public var refusals: [Refusal]
    /// The number that came out of the rails.
    public var asked: Int
    public var policy: String
    public var digest: String

    public init(
        number: Int, time: Double, function: String, mode: Mode, sighting: Sighting?, blindness: String?,
        inputAge: Double, workers: WorkersSeen?, before: Int, recommended: Int?, fault: String?, author: Author,
        proposed: Int, refusals: [Refusal], asked: Int, policy: String, digest: String
    ) {
        (self.number, self.time, self.function, self.mode) = (number, time, function, mode)
        (self.sighting, self.blindness, self.inputAge, self.workers) = (sighting, blindness, inputAge, workers)
        (self.before, self.recommended, self.fault, self.author) = (before, recommended, fault, author)
        (self.proposed, self.refusals, self.asked) = (proposed, refusals, asked)
        (self.policy, self.digest) = (policy, digest)
    }
}
