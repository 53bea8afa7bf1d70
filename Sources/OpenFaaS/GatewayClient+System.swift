import Curl
import Foundation

extension GatewayClient {
    /// Asks whether gateway and provider are up. Needs no login.
    ///
    /// - Throws: ``GatewayError``, as all calls do; `CancellationError` when the calling task was cancelled.
    public func health() async throws {
        _ = try await succeed(HTTPRequest("GET", address.url(of: "/healthz"), timeout: callTimeout))
    }

    /// What the gateway says of itself.
    public func info() async throws -> GatewayInfo {
        try await get(GatewayInfo.self, "/system/info")
    }

    /// All functions of the namespace. Ready counts may be missing here; ``function(_:)`` has them.
    public func functions() async throws -> [FunctionStatus] {
        // An empty list is "null" with some providers.
        try await get([FunctionStatus]?.self, "/system/functions") ?? []
    }

    /// One function; nil when the gateway does not know it, which may pass while it is scaled.
    public func function(_ name: String) async throws -> FunctionStatus? {
        try FunctionName.check(name)
        do {
            return try await get(FunctionStatus.self, "/system/function/" + name)
        } catch let error as GatewayError where error.kind == .notFound {
            return nil
        }
    }

    /// Deploys a function, or replaces one that is there.
    public func deploy(_ deployment: FunctionDeployment, update: Bool) async throws {
        try FunctionName.check(deployment.service)
        var deployment = deployment
        deployment.namespace = deployment.namespace ?? namespace
        _ = try await system(
            update ? "PUT" : "POST", "/system/functions", body: try json(deployment), namespace: deployment.namespace,
            timeout: deploymentTimeout)
    }

    /// Deletes a function. Some gateways refuse that (500) while a replica runs.
    public func delete(_ name: String) async throws {
        struct Deletion: Encodable {
            let functionName: String
            let namespace: String?
        }
        try FunctionName.check(name)
        _ = try await system(
            "DELETE", "/system/functions", body: try json(Deletion(functionName: name, namespace: namespace)),
            timeout: deploymentTimeout)
    }

    /// Asks for a number of replicas. Gateways cut it to their own limits without telling: read it back.
    public func scale(_ name: String, to replicas: Int) async throws {
        // Some providers read the name in the path, others the one in the body.
        struct Scaling: Encodable {
            let serviceName: String
            let replicas: Int
            let namespace: String?
        }
        try FunctionName.check(name)
        guard replicas >= 0 else {
            throw GatewayError(.invalidRequest, "\(name) cannot have \(replicas) replicas; expected 0 or more")
        }
        do {
            _ = try await system(
                "POST", "/system/scale-function/" + name,
                body: try json(Scaling(serviceName: name, replicas: replicas, namespace: namespace)))
        } catch let refusal as GatewayError where refusal.kind == .refused(status: 500) {
            // Some providers answer so for a function that is not there; when asking fails too, the first refusal counts.
            let isMissing = (try? await function(name) == nil) ?? false
            throw isMissing ? missing(name, after: refusal) : refusal
        }
    }

    /// ``scale(_:to:)``, then what the gateway made of it; nil when it took the number and cannot say now.
    public func scaleAndReadBack(_ name: String, to replicas: Int) async throws -> FunctionStatus? {
        try await scale(name, to: replicas)
        do {
            guard let status = try await function(name) else { throw missing(name, after: nil) }
            return status
        } catch let error as GatewayError where error.isRetryable {
            return nil
        }
    }

    private func missing(_ name: String, after error: GatewayError?) -> GatewayError {
        let place = namespace.map { " in namespace \($0)" } ?? ""
        return GatewayError(
            .notFound,
            (error.map { $0.message + "; " } ?? "") + "the gateway \(address) has no function \"\(name)\"\(place)")
    }

    private func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
