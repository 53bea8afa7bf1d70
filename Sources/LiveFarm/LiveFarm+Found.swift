import Farm
import OpenFaaS

/// What was there before the farm, on disk before anything is changed, and functions of daemons that were killed.
extension LiveFarm {
    /// Takes the pool's functions for this farm.
    ///
    /// - Throws: ``FarmError/Kind/busy`` naming the process that has one of them.
    func takeLease() throws(FarmError) {
        guard let records = configuration.records else { return }
        do {
            lease = try records.lease(
                gateway: configuration.gateway.address.url, namespace: configuration.gateway.namespace,
                names: configuration.functions)
        } catch {
            throw FarmError(.busy, error.description)
        }
    }

    /// Notes what there was of a function: what a killed daemon had found, or else what is there now.
    func find(_ index: Int, _ status: FunctionStatus?) {
        let name = pool.functions[index].name
        foundAt[index] = status?.createdAt
        found[index] = status?.replicas
        guard let status else { return }
        if let left = lease?.left(of: name, createdAt: status.createdAt) {
            found[index] = left.replicas
            secured.insert(index)
            guard left.replicas != status.replicas else { return }
            leftovers.append(
                left.replicas.map { "\(name) (\(status.replicas) replicas, \($0) before)" } ?? name)
        } else if configuration.style == .functions, status.annotations?[Self.annotation] == Self.temporary {
            // Of a daemon whose notes are elsewhere, or gone.
            found[index] = nil
            leftovers.append(name)
        }
    }

    /// Says what a daemon that did not end in order has left.
    func sayLeftovers() {
        guard !leftovers.isEmpty else { return }
        let end = configuration.onRelease == .keep ? "kept" : "given back at the end as they were before it"
        let names = leftovers.joined(separator: ", ")
        note(.leftovers, "a daemon that was killed has left \(names): used, and \(end)")
        leftovers = []
    }

    /// What is to be done before a function is changed for the first time: writing down what was found of it. Takes the time of
    /// a disk, so it is done where nobody waits for the farm. nil: nothing.
    func securing(_ index: Int) -> (@Sendable () async -> Void)? {
        guard let lease, configuration.onRelease != .keep, secured.insert(index).inserted else { return nil }
        let (name, replicas, createdAt) = (pool.functions[index].name, found[index], foundAt[index] ?? nil)
        return { [weak self] in
            do {
                try lease.keep(name, replicas: replicas, createdAt: createdAt)
            } catch {
                await self?.note(
                    .state,
                    "what was found of \(name) could not be written down, so it will not be given back if the daemon is "
                        + "killed: \(error)")
            }
        }
    }

    static let annotation = "faasfarm"
    /// The annotation of a function that is to be deleted by whoever finds it without its daemon.
    static let temporary = "worker"
}
