import Farm
import Logging
import OpenFaaS

extension WorkerForm {
    init(isSingle: Bool, gateway: GatewayClient) {
        self.init(isSingle: isSingle, platform: "the gateway", address: gateway.address.url, unit: "function")
    }
}

extension WorkerSight {
    init(_ status: FunctionStatus) {
        self.init(count: status.replicas, available: status.availableReplicas)
    }
}

extension FarmError {
    /// Why a pool could not be opened.
    init(opening error: any Error) {
        self = error as? FarmError ?? FarmError(.unavailable, "the gateway cannot be used: \(error)")
    }
}

extension GatewayClient {
    /// The status of a worker function.
    func look(at name: String) async throws(WorkerLookFailure) -> WorkerSight? {
        do {
            return try await function(name).map { WorkerSight($0) }
        } catch {
            let kind: WorkerLookFailure.Kind =
                switch error {
                case let error as GatewayError where error.kind == .unauthorized: .fatal
                case let error as GatewayError where error.kind == .shortage: .shortage
                case is CancellationError: .cancelled
                default: .unavailable
                }
            throw WorkerLookFailure(kind, "\(error)")
        }
    }

    /// Deploys a function, or takes the one of that name that is there already, and gives it a replica if it has none.
    func deployOrAdopt(_ specification: FunctionDeployment) async throws -> FunctionStatus {
        do {
            try await deploy(specification, update: false)
        } catch let refusal as GatewayError {
            guard case .refused = refusal.kind, !refusal.message.contains("being deleted"),
                let status = try await function(specification.service)
            else { throw refusal }
            if status.replicas == 0 { try await scale(specification.service, to: 1) }
            return status
        }
        // Not known yet: it is looked for again.
        return try await function(specification.service)
            ?? FunctionStatus(name: specification.service, image: specification.image)
    }

    /// Deletes a function and waits until the gateway no longer tells of it: on Kubernetes that is when its pods are gone, long
    /// after the answer.
    ///
    /// - Returns: whether the gateway knew the function.
    /// - Throws: ``GatewayError``, of kind ``GatewayError/Kind/timedOut`` when it is still there after a minute.
    func deleteAndLook(_ name: String) async throws -> Bool {
        var wasThere = true
        do {
            try await delete(name)
        } catch let error as GatewayError where error.kind == .notFound {
            wasThere = false
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while try await function(name) != nil {
            guard ContinuousClock.now < deadline else {
                throw GatewayError(.timedOut, "\(name) is still there a minute after its deletion was accepted")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return wasThere
    }
}

extension GatewayPool {
    /// Gives functions back beside each other, within the pool's limit. Errors are logged: nobody waits for the outcome.
    func giveBack(_ names: [String], _ logger: Logger, _ giveBack: @escaping @Sendable (Int) async throws -> Void) async
    {
        await withTaskGroup(of: Int?.self) { [releaseLimit] group in
            for (index, name) in names.enumerated() {
                group.addTask {
                    do {
                        try await giveBack(index)
                    } catch {
                        if !(error is CancellationError) { logger.warning("\(name) was not given back: \(error)") }
                    }
                    return index
                }
            }
            group.addTask {
                try? await Task.sleep(for: releaseLimit)
                return nil
            }
            var left = Set(names.indices)
            while !left.isEmpty, let index = await group.next() ?? nil { left.remove(index) }
            group.cancelAll()
            guard !left.isEmpty else { return }
            let late = left.sorted().map { names[$0] }.joined(separator: ", ")
            logger.warning("not given back within \(releaseLimit): \(late)")
        }
    }
}
