import Curl
import Foundation
import Logging
import Randomness
import Synchronization

/// A function that was deployed: its replicas and the calls that wait for one.
final class DeployedFunction: Sendable {
    /// What becomes of a call.
    enum Admission: Sendable {
        case lease(ReplicaSet.Lease)
        case full(Int)
        /// No replica was ready within the cold-start limit.
        case noneReady
        /// As many calls wait for a first replica as may.
        case crowded
        /// The function was deleted.
        case ended
    }

    struct Status: Sendable {
        var specification: FunctionSpecification
        var desired: Int
        var ready: Int
        var invocations: Int
    }

    private struct Waiter: Sendable {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Admission, Never>
    }

    private struct State: Sendable {
        var specification: FunctionSpecification
        var launch: Launch
        var replicas: ReplicaSet
        /// In order of arrival, so of deadline too.
        var waiters: [Waiter] = []
        var isExpiryDue = false
        var isReconciliationDue = false
        var invocations = 0
        /// Replicas that a signal has killed; the last few, for the calls that they had.
        var killed: [Int] = []
    }

    let name: String
    let createdAt = Date()
    private let coldStartLimit: Duration
    private let mostWaiting: Int
    private let readiness: LocalGatewayConfiguration.Profile.Readiness
    private let slowness: Double
    private let starts: StartPlaces
    private let client: HTTPClient
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ specification: FunctionSpecification, launch: Launch, rules: ReplicaRules, desired: Int,
        configuration: LocalGatewayConfiguration, starts: StartPlaces, client: HTTPClient, logger: Logger
    ) {
        name = specification.service
        coldStartLimit = configuration.coldStartLimit
        mostWaiting = configuration.mostWaitingCalls
        readiness = configuration.profile.readiness
        slowness = configuration.slowness
        self.starts = starts
        self.client = client
        self.logger = logger
        state = Mutex(
            State(
                specification: specification, launch: launch,
                replicas: ReplicaSet(
                    desired: desired, rules: rules, picksAtRandom: configuration.profile.picksAtRandom,
                    stopsBusy: configuration.profile.stopsBusyReplicas)))
        change { $0.replicas.reconcile(at: .now) }
    }

    var status: Status {
        state.withLock {
            Status(
                specification: $0.specification,
                // What is being deleted has the replicas that have not ended.
                desired: $0.replicas.isEnding ? $0.replicas.replicas.count : $0.replicas.desired,
                ready: $0.replicas.readyCount, invocations: $0.invocations)
        }
    }

    /// Whether no process of it is left or to come.
    var isGone: Bool { state.withLock { $0.replicas.replicas.isEmpty } }

    func scale(to count: Int) {
        change { $0.replicas.scale(to: count, at: .now) }
    }

    /// Takes another specification; replicas are replaced when it concerns them.
    func update(_ specification: FunctionSpecification, launch: Launch, rules: ReplicaRules) {
        change { state in
            let isSame = state.launch == launch && state.replicas.rules == rules
            state.specification = specification
            state.launch = launch
            return isSame ? [] : state.replicas.renew(rules: rules, at: .now)
        }
    }

    /// Drains and stops everything, for ever; calls that wait are refused.
    func retire() {
        change { $0.replicas.retire(at: .now) }
        refuseWaiters()
    }

    /// Stops everything without draining, for ever.
    func close() {
        change { $0.replicas.close() }
        refuseWaiters()
    }

    /// Sends SIGKILL to every process.
    func kill() {
        for child in state.withLock({ $0.replicas.replicas.values.compactMap(\.child) }) { child.signal(SIGKILL) }
    }

    /// A place on a replica, waiting for the first one if there is none.
    func admit() async -> Admission {
        await withCheckedContinuation { continuation in
            var admission: Admission?
            change { state in
                state.invocations += 1
                let (acquisition, effects) = state.replicas.acquire(at: .now)
                switch acquisition {
                case .lease(let lease): admission = .lease(lease)
                case .full(let limit): admission = .full(limit)
                case .noneReady where state.replicas.isEnding: admission = .ended
                case .noneReady where state.waiters.count >= mostWaiting: admission = .crowded
                case .noneReady:
                    state.waiters.append(Waiter(deadline: .now + coldStartLimit, continuation: continuation))
                }
                return effects
            }
            if let admission { continuation.resume(returning: admission) }
            scheduleExpiry()
        }
    }

    func release(_ lease: ReplicaSet.Lease) {
        change { $0.replicas.release(lease) }
    }

    /// Changes the state and carries out what follows.
    private func change(_ body: (inout State) -> [ReplicaSet.Effect]) {
        for effect in state.withLock({ body(&$0) }) {
            switch effect {
            case .start(let replica, let rules): start(replica, rules: rules)
            case .terminate(let child, let port, let grace):
                child.terminate(grace: grace)
                // A server that waits for its connections to end would wait for the client's idle ones.
                client.disconnect(from: "http://127.0.0.1:\(port)")
            case .reconcile(let time): scheduleReconciliation(at: time)
            }
        }
    }

    private func start(_ replica: Int, rules: ReplicaRules) {
        let start = ContinuousClock.now
        Task {
            var generator = PCG64(seed: Seed(.random(in: 0 ... .max)))
            let delay = rules.startDelay.sample(using: &generator)
            let leave = await starts.enter()
            defer { leave() }
            guard isStarting(replica) else { return ended(replica, because: "not wanted any more") }
            do {
                let reservation = try PortReservation()
                let launch = state.withLock { $0.launch }.listening(on: reservation.port)
                let child = try await ProcessKeeper.shared.spawn(launch) { [self] code in
                    withExtendedLifetime(reservation) {
                        if code == ChildProcess.killedCode { noteKilling(of: replica) }
                        ended(replica, because: "exited with code \(code)")
                    }
                }
                change { $0.replicas.started(replica, child: child, port: reservation.port) }
                async let isListening = waitForAnswer(of: replica, port: reservation.port, leave)
                switch readiness {
                case .answersHealth:
                    guard await isListening else { return }
                    try await Task.sleep(until: start + delay, clock: .continuous)
                    if isStarting(replica) { becameReady(replica) }
                case .started(let least):
                    try await Task.sleep(until: start + max(delay, least * slowness), clock: .continuous)
                    if isStarting(replica) { becameReady(replica) }
                    _ = await isListening
                }
            } catch {
                ended(replica, because: "\(error)")
            }
        }
    }

    /// Waits until the function of a replica listens, and gives the place of its start back then. Returns false when
    /// nobody wants to know any more.
    private func waitForAnswer(of replica: Int, port: Int, _ leave: @Sendable () -> Void) async -> Bool {
        let path = state.withLock { $0.specification.healthPath }
        let probe = ReadinessProbe(port: port, path: path, client: client) { [self] in
            state.withLock { [.starting, .ready].contains($0.replicas.replicas[replica]?.phase) }
        }
        guard await probe.waitForAnswer() else { return false }
        leave()
        state.withLock { $0.replicas.answered(replica) }
        return true
    }

    private func isStarting(_ replica: Int) -> Bool {
        state.withLock { $0.replicas.replicas[replica]?.phase == .starting }
    }

    /// Whether the replica that a call was given is gone, or is about to be, because a signal killed it; nobody can answer
    /// for it then. Waits for its end for so long.
    func wasKilled(_ lease: ReplicaSet.Lease, within patience: Duration) async -> Bool {
        let limit = ContinuousClock.now + patience
        while true {
            let (child, wasKilled) = state.withLock {
                ($0.replicas.replicas[lease.replica]?.child, $0.killed.contains(lease.replica))
            }
            guard let child else { return wasKilled }
            guard child.isEnding || ContinuousClock.now < limit else { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    private func becameReady(_ replica: Int) {
        var admitted: [(Waiter, Admission)] = []
        change { state in
            var effects = state.replicas.becameReady(replica, at: .now)
            while let waiter = state.waiters.first {
                let (acquisition, more) = state.replicas.acquire(at: .now)
                effects += more
                switch acquisition {
                case .lease(let lease): admitted.append((waiter, .lease(lease)))
                case .full(let limit):
                    admitted += state.waiters.map { ($0, .full(limit)) }
                    state.waiters = []
                    return effects
                case .noneReady: return effects
                }
                state.waiters.removeFirst()
            }
            return effects
        }
        for (waiter, admission) in admitted { waiter.continuation.resume(returning: admission) }
    }

    private func noteKilling(of replica: Int) {
        state.withLock { state in
            state.killed.append(replica)
            if state.killed.count > 64 { state.killed.removeFirst() }
        }
    }

    private func ended(_ replica: Int, because reason: String) {
        change { state in
            let (wasUnexpected, effects) = state.replicas.ended(replica, at: .now)
            if wasUnexpected {
                logger.warning(
                    "a replica ended by itself",
                    metadata: ["function": "\(name)", "replica": "\(replica)", "reason": "\(reason)"])
            }
            return effects
        }
    }

    private func refuseWaiters() {
        let waiters = state.withLock { exchange(&$0.waiters, with: []) }
        for waiter in waiters { waiter.continuation.resume(returning: .ended) }
    }

    private func scheduleExpiry() {
        let deadline: ContinuousClock.Instant? = state.withLock { state in
            guard !state.isExpiryDue, let first = state.waiters.first else { return nil }
            state.isExpiryDue = true
            return first.deadline
        }
        guard let deadline else { return }
        Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            let expired = state.withLock { state in
                let now = ContinuousClock.now
                let count = state.waiters.firstIndex { $0.deadline > now } ?? state.waiters.count
                defer { state.waiters.removeFirst(count) }
                state.isExpiryDue = false
                return state.waiters.prefix(count)
            }
            for waiter in expired { waiter.continuation.resume(returning: .noneReady) }
            scheduleExpiry()
        }
    }

    private func scheduleReconciliation(at time: ContinuousClock.Instant) {
        guard !state.withLock({ exchange(&$0.isReconciliationDue, with: true) }) else { return }
        Task {
            try? await Task.sleep(until: time, clock: .continuous)
            change { state in
                state.isReconciliationDue = false
                return state.replicas.reconcile(at: .now)
            }
        }
    }
}
