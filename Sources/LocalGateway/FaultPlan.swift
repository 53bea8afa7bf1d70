import Synchronization

/// Faults that the gateway commits on purpose, so that its users can rehearse what others commit by accident.
public struct FaultRule: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The connection is closed before anything is done.
        case refuse
        /// The function does its work, and the connection is closed in the middle of its answer.
        case cut
        /// Answered as a watchdog whose replica is taken.
        case busy = "429"
        /// Answered as the watchdog of a function that has died, or does not listen yet.
        case functionDied = "500"
        /// Answered as a provider's proxy that cannot reach the replica.
        case replicaUnreachable = "500-proxy"
        /// Answered as a gateway that cannot scale the function from zero.
        case notScaled = "500-scaling"
        /// A queued call is answered as by a gateway that has lost its queue.
        case notQueued = "500-queue"
        /// Answered as a gateway that reaches no replica.
        case unreachable = "502"
        /// Everything takes longer by the rule's duration.
        case delay
        /// Queued calls and scale requests are accepted, and nothing happens.
        case nothing
        /// The callback of a queued call is sent without the headers that say whose it is.
        case nameless
        /// The callback of a queued call is not sent.
        case silent
        /// The gateway does not know the function for the rule's duration.
        case vanish
    }

    public var kind: Kind
    /// Of each request that it concerns, 0 to 1.
    public var probability: Double
    /// For ``Kind/delay`` and ``Kind/vanish``.
    public var duration: Duration

    /// - Parameter text: `KIND=PROBABILITY` or `KIND=PROBABILITY:DURATION`, such as `delay=0.1:250ms`.
    /// - Throws: ``LocalGatewayError`` of kind ``LocalGatewayError/Kind/invalidConfiguration``.
    public init(_ text: String) throws(LocalGatewayError) {
        func refuse(_ reason: String) -> LocalGatewayError {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            return LocalGatewayError(
                .invalidConfiguration,
                "\"\(text)\" is no fault: \(reason); expected KIND=PROBABILITY or KIND=PROBABILITY:DURATION, "
                    + "such as delay=0.1:250ms, with KIND one of \(kinds)")
        }
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw refuse("it has no \"=\"") }
        guard let kind = Kind(rawValue: String(sides[0])) else { throw refuse("there is no kind \"\(sides[0])\"") }
        let numbers = sides[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let probability = Double(numbers[0]), (0...1).contains(probability) else {
            throw refuse("the probability \"\(numbers[0])\" is not a number from 0 to 1")
        }
        self.kind = kind
        self.probability = probability
        duration = kind == .vanish ? .seconds(2) : .seconds(1)
        if numbers.count > 1 {
            guard kind == .delay || kind == .vanish else { throw refuse("only delay and vanish have a duration") }
            guard let given = GoDuration.parse(String(numbers[1])) else {
                throw refuse("\"\(numbers[1])\" is no duration")
            }
            duration = given
        }
    }
}

/// Draws faults, in the order that requests come, from one seeded stream.
final class FaultPlan: Sendable {
    private let rules: [FaultRule]
    private let state: Mutex<UInt64>
    private let vanished = Mutex<[String: ContinuousClock.Instant]>([:])

    init(_ rules: [FaultRule], seed: UInt64) {
        self.rules = rules
        state = Mutex(seed)
    }

    var isEmpty: Bool { rules.isEmpty }

    /// Those rules of `kinds` that a request meets.
    func draw(_ kinds: Set<FaultRule.Kind>) -> [FaultRule] {
        rules.filter { kinds.contains($0.kind) && chance() < $0.probability }
    }

    /// Makes the function unknown for a while.
    func vanish(_ name: String, for duration: Duration) {
        vanished.withLock { $0[name] = .now + duration }
    }

    func hasVanished(_ name: String) -> Bool {
        guard !isEmpty else { return false }
        return vanished.withLock { vanished in
            guard let end = vanished[name] else { return false }
            if end > .now { return true }
            vanished[name] = nil
            return false
        }
    }

    /// A number in [0, 1), by SplitMix64.
    private func chance() -> Double {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
            bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
            bits ^= bits >> 31
            return Double(bits >> 11) * 0x1p-53
        }
    }
}
