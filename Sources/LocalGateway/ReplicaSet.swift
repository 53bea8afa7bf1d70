/// The replicas of a function and what should become of them. It decides only: what there is to do comes back as
/// ``Effect``s, so that the rules can be tested without processes.
struct ReplicaSet: Sendable {
    enum Phase: Sendable { case starting, ready, draining, stopping }

    struct Replica: Sendable {
        let id: Int
        let generation: Int
        let rules: ReplicaRules
        var phase = Phase.starting
        /// Nil until it was started.
        var child: ChildProcess?
        var port = 0
        var inFlight = 0
        /// Number of the last call that it was given.
        var lastUse = 0
        /// Whether the function has answered; a replica may count as ready before.
        var hasAnswered = false
    }

    /// A call's place on a replica; to be given back.
    struct Lease: Sendable {
        let replica: Int
        let port: Int
        let execTimeout: Duration?
    }

    enum Acquisition: Sendable {
        case lease(Lease)
        /// All ready replicas have as many calls as they take, which is so many each.
        case full(Int)
        case noneReady
    }

    enum Effect: Sendable {
        case start(replica: Int, rules: ReplicaRules)
        case terminate(ChildProcess, port: Int, grace: Duration)
        /// Call ``ReplicaSet/reconcile(at:)`` then.
        case reconcile(at: ContinuousClock.Instant)
    }

    private(set) var desired: Int
    private(set) var rules: ReplicaRules
    private(set) var replicas: [Int: Replica] = [:]
    /// Nothing is started any more.
    private(set) var isEnding = false
    private var generation = 0
    private var lastID = 0
    private var uses = 0
    /// Starts in a row that ended before they were ready.
    private var failedStarts = 0
    private var notBefore: ContinuousClock.Instant?
    private let picksAtRandom: Bool
    private let stopsBusy: Bool

    /// - Parameters:
    ///   - picksAtRandom: whether a call goes to any ready replica, busy or not.
    ///   - stopsBusy: whether replicas are stopped in the middle of calls, instead of being drained first.
    init(desired: Int, rules: ReplicaRules, picksAtRandom: Bool = false, stopsBusy: Bool = false) {
        self.desired = desired
        self.rules = rules
        self.picksAtRandom = picksAtRandom
        self.stopsBusy = stopsBusy
    }

    var readyCount: Int { replicas.values.count { $0.phase == .ready } }

    /// Gives a call to the ready replica with the fewest calls, the longest unused of those, or to any; wakes a function
    /// at 0.
    mutating func acquire(at now: ContinuousClock.Instant) -> (Acquisition, [Effect]) {
        var best: Int?
        var least = (inFlight: Int.max, lastUse: Int.max)
        var limit: Int?
        let only = picksAtRandom ? replicas.values.filter { $0.phase == .ready }.randomElement()?.id : nil
        for (id, replica) in replicas where replica.phase == .ready && (only == nil || only == id) {
            if replica.rules.maxInFlight > 0, replica.inFlight >= replica.rules.maxInFlight {
                limit = max(limit ?? 0, replica.rules.maxInFlight)
            } else if (replica.inFlight, replica.lastUse) < least {
                best = id
                least = (replica.inFlight, replica.lastUse)
            }
        }
        if let best, let replica = replicas[best] {
            uses += 1
            replicas[best]?.inFlight += 1
            replicas[best]?.lastUse = uses
            return (.lease(Lease(replica: best, port: replica.port, execTimeout: replica.rules.execTimeout)), [])
        }
        if let limit { return (.full(limit), []) }
        guard desired == 0, !isEnding else { return (.noneReady, []) }
        return (.noneReady, scale(to: 1, at: now))
    }

    mutating func release(_ lease: Lease) -> [Effect] {
        guard var replica = replicas[lease.replica] else { return [] }
        replica.inFlight -= 1
        replicas[replica.id] = replica
        return replica.phase == .draining && replica.inFlight == 0 ? stop(replica.id) : []
    }

    mutating func scale(to count: Int, at now: ContinuousClock.Instant) -> [Effect] {
        desired = isEnding ? 0 : count
        return reconcile(at: now)
    }

    /// Lets new replicas take the places of the present ones, each once it is ready.
    mutating func renew(rules: ReplicaRules, at now: ContinuousClock.Instant) -> [Effect] {
        self.rules = rules
        generation += 1
        failedStarts = 0
        notBefore = nil
        return reconcile(at: now)
    }

    mutating func started(_ id: Int, child: ChildProcess, port: Int) -> [Effect] {
        // Not there: it has ended already.
        guard var replica = replicas[id] else { return [] }
        replica.child = child
        replica.port = port
        replicas[id] = replica
        return replica.phase == .stopping ? [.terminate(child, port: port, grace: replica.rules.terminationGrace)] : []
    }

    mutating func becameReady(_ id: Int, at now: ContinuousClock.Instant) -> [Effect] {
        guard replicas[id]?.phase == .starting else { return [] }
        replicas[id]?.phase = .ready
        return reconcile(at: now)
    }

    /// The function of a replica listens. Starts have not failed then.
    mutating func answered(_ id: Int) {
        guard replicas[id] != nil else { return }
        replicas[id]?.hasAnswered = true
        failedStarts = 0
        notBefore = nil
    }

    /// Returns whether nobody had asked for the end.
    mutating func ended(_ id: Int, at now: ContinuousClock.Instant) -> (wasUnexpected: Bool, effects: [Effect]) {
        guard let replica = replicas.removeValue(forKey: id) else { return (false, []) }
        if !replica.hasAnswered, replica.phase == .starting || replica.phase == .ready, now >= notBefore ?? now {
            let pause = Duration.milliseconds(100) * (1 << min(failedStarts, 6))
            failedStarts += 1
            notBefore = now + min(pause, .seconds(5))
        }
        return (replica.phase != .stopping, reconcile(at: now))
    }

    /// Drains and stops all replicas, and starts no more.
    mutating func retire(at now: ContinuousClock.Instant) -> [Effect] {
        isEnding = true
        return scale(to: 0, at: now)
    }

    /// Stops all replicas without draining, and starts no more.
    mutating func close() -> [Effect] {
        isEnding = true
        desired = 0
        return replicas.keys.flatMap { stop($0) }
    }

    /// Starts what is missing and retires what is too much.
    mutating func reconcile(at now: ContinuousClock.Instant) -> [Effect] {
        var effects: [Effect] = []
        let current = replicas.values.filter {
            $0.generation == generation && ($0.phase == .starting || $0.phase == .ready)
        }
        if current.count < desired {
            if let notBefore, now < notBefore {
                effects.append(.reconcile(at: notBefore))
            } else {
                for _ in current.count..<desired { effects.append(start()) }
            }
        } else if current.count > desired {
            for victim in current.sorted(by: isRetiredBefore).prefix(current.count - desired) {
                effects += retire(victim.id)
            }
        }
        return effects + retireFormerGenerations()
    }

    private mutating func retireFormerGenerations() -> [Effect] {
        let former = replicas.values.filter {
            $0.generation != generation && ($0.phase == .starting || $0.phase == .ready)
        }
        var effects: [Effect] = []
        for replica in former.sorted(by: isRetiredBefore) where replica.phase == .starting || readyCount > desired {
            effects += retire(replica.id)
        }
        return effects
    }

    /// Starting ones first, then idle ones, then those with few calls; the youngest of equals. Who stops replicas in the
    /// middle of calls does not look at those.
    private func isRetiredBefore(_ a: Replica, _ b: Replica) -> Bool {
        let (callsOfA, callsOfB) = stopsBusy ? (0, 0) : (a.inFlight, b.inFlight)
        return (a.phase == .starting ? 0 : 1, callsOfA, -a.id) < (b.phase == .starting ? 0 : 1, callsOfB, -b.id)
    }

    private mutating func start() -> Effect {
        lastID += 1
        replicas[lastID] = Replica(id: lastID, generation: generation, rules: rules)
        return .start(replica: lastID, rules: rules)
    }

    private mutating func retire(_ id: Int) -> [Effect] {
        guard let replica = replicas[id] else { return [] }
        if replica.inFlight == 0 || stopsBusy { return stop(id) }
        replicas[id]?.phase = .draining
        return []
    }

    private mutating func stop(_ id: Int) -> [Effect] {
        guard let replica = replicas[id], replica.phase != .stopping else { return [] }
        replicas[id]?.phase = .stopping
        // Without a process yet, it is stopped by `started`.
        guard let child = replica.child else { return [] }
        return [.terminate(child, port: replica.port, grace: replica.rules.terminationGrace)]
    }
}
