import Curl
import Foundation
import Logging
import Synchronization

/// A function that was deployed: its replicas and the calls that wait for one.
final class DeployedFunction: Sendable {
    /// What becomes of a call.
    enum Admission: Sendable {
        case lease(ReplicaSet.Lease)
        case full(Int)
        /// No replica was ready within the cold-start limit, or the function ended meanwhile.
        case noneReady
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
    }

    let name: String
    let createdAt = Date()
    private let coldStartLimit: Duration
    private let readinessDelay: Duration
    private let starts: Gate
    private let client: HTTPClient
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ specification: FunctionSpecification, launch: Launch, rules: ReplicaRules, desired: Int,
        configuration: LocalGatewayConfiguration, starts: Gate, client: HTTPClient, logger: Logger
    ) {
        name = specification.service
        coldStartLimit = configuration.coldStartLimit
        readinessDelay = configuration.profile.readinessDelay * configuration.slowness
        self.starts = starts
        self.client = client
        self.logger = logger
        state = Mutex(
            State(
                specification: specification, launch: launch,
                replicas: ReplicaSet(
                    desired: desired, rules: rules, picksAtRandom: configuration.profile.picksAtRandom)))
        change { $0.replicas.reconcile(at: .now) }
    }

    var status: Status {
        state.withLock {
            Status(
                specification: $0.specification, desired: $0.replicas.desired, ready: $0.replicas.readyCount,
                invocations: $0.invocations)
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
                case .noneReady where state.replicas.isEnding: admission = .noneReady
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
            case .terminate(let child, let grace): child.terminate(grace: grace)
            case .reconcile(let time): scheduleReconciliation(at: time)
            }
        }
    }

    private func start(_ replica: Int, rules: ReplicaRules) {
        let start = ContinuousClock.now
        Task {
            var generator = SystemRandomNumberGenerator()
            let earliest = start + max(rules.startDelay.sample(using: &generator), readinessDelay)
            // A worker that is slow without computing holds up the others for so long only.
            let leave = await starts.place(atMost: .seconds(2))
            defer { leave() }
            guard isStarting(replica) else { return ended(replica, because: "not wanted any more") }
            do {
                let reservation = try PortReservation()
                let launch = state.withLock { $0.launch }.listening(on: reservation.port)
                let child = try await ProcessKeeper.shared.spawn(launch) { [self] code in
                    withExtendedLifetime(reservation) { ended(replica, because: "exited with code \(code)") }
                }
                change { $0.replicas.started(replica, child: child, port: reservation.port) }
                let probe = ReadinessProbe(port: reservation.port, client: client) { [self] in isStarting(replica) }
                guard try await probe.waitForAnswer() else { return }
                leave()
                try await Task.sleep(until: earliest, clock: .continuous)
                if isStarting(replica) { becameReady(replica) }
            } catch {
                ended(replica, because: "\(error)")
            }
        }
    }

    private func isStarting(_ replica: Int) -> Bool {
        state.withLock { $0.replicas.replicas[replica]?.phase == .starting }
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
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .noneReady) }
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
        let isDue = state.withLock { state in
            defer { state.isReconciliationDue = true }
            return state.isReconciliationDue
        }
        guard !isDue else { return }
        Task {
            try? await Task.sleep(until: time, clock: .continuous)
            change { state in
                state.isReconciliationDue = false
                return state.replicas.reconcile(at: .now)
            }
        }
    }
}
