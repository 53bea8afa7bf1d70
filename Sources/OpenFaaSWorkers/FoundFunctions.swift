import Farm
import OpenFaaS
import Synchronization

/// What was there of a farm's functions before it, on disk before anything is changed, and what daemons that were killed
/// have left.
final class FoundFunctions: Sendable {
    private struct State {
        /// What keeps what was found on disk, if anything.
        var lease: FoundWorkersLease?
        /// Of each function that is there, its replicas before the farm, or before a killed daemon's (nil: it was not there
        /// then), and when it was made, if that is known.
        var functions: [String: (replicas: Int?, createdAt: String?)] = [:]
        /// Functions that are on disk, or need not be.
        var secured: Set<String> = []
        var leftovers: [String] = []
    }

    private let pool: GatewayPool
    private let state = Mutex(State())

    init(_ pool: GatewayPool) {
        self.pool = pool
    }

    /// Takes the pool's functions for this farm.
    ///
    /// - Throws: ``FarmError/Kind/busy`` naming the process that has one of them.
    func take() throws(FarmError) {
        guard let records = pool.records else { return }
        do {
            let lease = try records.lease(
                gateway: pool.gateway.address.url, namespace: pool.gateway.namespace, names: pool.functions)
            state.withLock { $0.lease = lease }
        } catch {
            throw FarmError(.busy, error.description)
        }
    }

    /// Lets other farms have the functions.
    func giveUp() { state.withLock { $0.lease = nil } }

    /// Notes what there was of a function: what a killed daemon had found, or else what is there now.
    func find(_ name: String, _ status: FunctionStatus?) {
        guard let status else { return }
        state.withLock { state in
            var replicas: Int? = status.replicas
            defer { state.functions[name] = (replicas, status.createdAt) }
            if let left = state.lease?.left(of: name, createdAt: status.createdAt) {
                replicas = left.replicas
                state.secured.insert(name)
                guard left.replicas != status.replicas else { return }
                state.leftovers.append(
                    left.replicas.map { "\(name) (\(status.replicas) replicas, \($0) before)" } ?? name)
            } else if pool.style == .functions, Self.isTemporary(status) {
                // Of a daemon whose notes are elsewhere, or gone.
                replicas = nil
                state.leftovers.append(name)
            }
        }
    }

    /// Functions with the pool's prefix that are none of `names`, and that a killed daemon has deployed.
    func orphans(among listed: [FunctionStatus], besides names: [String]) -> [String] {
        guard pool.onRelease != .keep, let prefix = pool.functions.first else { return [] }
        let own = Set(names)
        return state.withLock { state in
            let orphans = listed.filter { status in
                guard status.name.hasPrefix(prefix + "-"), Int(status.name.dropFirst(prefix.count + 1)) != nil,
                    !own.contains(status.name)
                else { return false }
                let isLeft = state.lease?.left(of: status.name, createdAt: nil).map { $0.replicas == nil } ?? false
                return isLeft || Self.isTemporary(status)
            }.map(\.name).sorted()
            state.leftovers += orphans
            return orphans
        }
    }

    private static func isTemporary(_ status: FunctionStatus) -> Bool {
        status.annotations?[GatewayPool.annotation] == GatewayPool.temporary
    }

    /// What there is to say of a daemon that did not end in order.
    var leftovers: [FarmNote] {
        let names = state.withLock { $0.leftovers }
        guard !names.isEmpty else { return [] }
        let end = pool.onRelease == .keep ? "kept" : "given back at the end as they were before it"
        return [
            FarmNote(.leftovers, "a daemon that was killed has left \(names.joined(separator: ", ")): used, and \(end)")
        ]
    }

    /// Replicas that the function had before the farm; nil when it was not there.
    func replicas(of name: String) -> Int? { state.withLock { $0.functions[name]?.replicas } }

    /// To be called before a function is changed: the first time, what was found of it is written down. Takes the time of a
    /// disk then.
    ///
    /// - Returns: why that could not be done, if it could not.
    func secure(_ name: String) -> [FarmNote] {
        guard pool.onRelease != .keep else { return [] }
        let (lease, found) = state.withLock { state in
            let isFirst = state.secured.insert(name).inserted
            return (isFirst ? state.lease : nil, state.functions[name])
        }
        do {
            try lease?.keep(name, replicas: found?.replicas, createdAt: found?.createdAt)
            return []
        } catch {
            return [
                FarmNote(
                    .state,
                    "what was found of \(name) could not be written down, so it will not be given back if the daemon is "
                        + "killed: \(error)")
            ]
        }
    }

    /// The function has been given back.
    func forget(_ name: String) { state.withLock { $0.lease }?.forget(name) }
}

extension FarmNote.Kind {
    /// A killed daemon's workers; what was found could not be written down.
    static let leftovers = Self("leftovers")
    static let state = Self("state")
    static let deployment = Self("deployment")
    static let deletion = Self("deletion")
    /// The queue runs fewer calls at a time than there are workers.
    static let queueConcurrency = Self("queue concurrency")
    static let queueTest = Self("queue test")
    /// Requests to the callbacks' address that are no callbacks; callbacks that do not come, or come late.
    static let strayCallbacks = Self("stray callbacks")
    static let missingCallbacks = Self("missing callbacks")
    static let lateCallbacks = Self("late callbacks")
}
