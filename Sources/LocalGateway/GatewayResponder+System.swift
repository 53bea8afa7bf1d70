import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/system/`: what is deployed, and changing it.
extension GatewayResponder {
    func system(_ target: Target, _ request: Request) async throws -> Response {
        guard Credentials(username: configuration.username, password: configuration.password).admit(request.head) else {
            var response = Response.text(.unauthorized, "invalid credentials")
            response.headers[.wwwAuthenticate] = "Basic realm=\"Restricted\""
            return response
        }
        do {
            return try await route(target, request)
        } catch let refusal as Refusal {
            return .refusal(refusal)
        }
    }

    private func route(_ target: Target, _ request: Request) async throws -> Response {
        let path = target.path.dropFirst("/system/".count)
        switch (path, request.method) {
        case ("info", .get): return try .json(Info())
        case ("namespaces", .get): return try .json([Self.namespace])
        case ("functions", .get):
            guard try has(target.value(of: "namespace"), for: .list) else { return try .json([String]()) }
            return try .json(
                functions.shown.filter { !faults.hasVanished($0.name) }.map {
                    FunctionStatus($0, inList: true, profile: configuration.profile)
                })
        case ("functions", .post):
            try functions.deploy(specification(in: await body(of: request), for: .deployment))
            return accepted
        case ("functions", .put):
            let specification = try specification(in: await body(of: request), for: .update)
            try functions.update(specification)
            try await waitForStop(of: specification)
            return accepted
        case ("alert", .post): return try await alert(request)
        case ("secrets", .get): return try .json([String]())
        case ("functions", .delete): return try await delete(target, request)
        case ("info", _), ("namespaces", _), ("alert", _), ("functions", _): return .empty(.methodNotAllowed)
        default: break
        }
        if let name = path.removing(prefix: "function/"), !name.isEmpty, !name.contains("/") {
            guard request.method == .get else { return .empty(.methodNotAllowed) }
            guard try has(target.value(of: "namespace"), for: .status), let function = functions.shown(String(name)),
                !faults.hasVanished(function.name)
            else {
                return .empty(.notFound)
            }
            return try .json(FunctionStatus(function, inList: false, profile: configuration.profile))
        }
        if let name = path.removing(prefix: "scale-function/"), !name.isEmpty, !name.contains("/") {
            guard request.method == .post else { return .empty(.methodNotAllowed) }
            return try await scale(String(name), target, request)
        }
        return .pageNotFound
    }

    private func scale(_ name: String, _ target: Target, _ request: Request) async throws -> Response {
        // Apart from the decoding: swiftc 6.3.1 crashes on an await within try? here when it optimises.
        let body = try await body(of: request)
        guard let order = try? RequestJSON.decode(ScaleOrder.self, from: body), let replicas = order.replicas,
            replicas >= 0
        else { throw Refusal(400, "Error unmarshalling request body") }
        _ = try has(namespace(target, order.namespace), for: .scale)
        guard configuration.profile.replicas != nil || replicas <= configuration.maximumReplicas else {
            throw Refusal(
                400,
                "\(replicas) replicas are too many: this gateway runs at most \(configuration.maximumReplicas) of a function"
            )
        }
        let profile = configuration.profile
        let name = profile.readsNameInBody ? order.serviceName ?? "" : name
        guard let function = functions.shown(name) else { throw profile.words.missingInScale(name) }
        if faults.draw([.nothing]).isEmpty { function.scale(to: profile.replicas(for: replicas)) }
        return accepted
    }

    private func delete(_ target: Target, _ request: Request) async throws -> Response {
        let order = try decode(DeleteOrder.self, from: try await body(of: request), for: .deletion)
        guard let name = order.functionName, !name.isEmpty else { throw Refusal(400, "functionName is missing") }
        guard try has(namespace(target, order.namespace), for: .deletion) else {
            throw configuration.profile.words.missingInDeletion(name)
        }
        switch configuration.profile.deletion {
        case .atOnce, .foreground: try functions.delete(name)
        case .inRequest: try await functions.delete(name, once: waitForStop)
        }
        return accepted
    }

    private var accepted: Response { .empty(.init(code: configuration.profile.acceptedStatus)) }

    /// - Throws: ``Refusal`` 500 when the edition gives up stopping a replica.
    private func waitForStop(of specification: FunctionSpecification) async throws {
        let limit = LocalGatewayConfiguration.Profile.stopLimit
        let delay = configuration.profile.stopDelay(of: specification)
        guard delay > .zero else { return }
        try await Task.sleep(for: min(delay, limit) * configuration.slowness)
        guard delay < limit else {
            let name = specification.service
            throw Refusal(
                500,
                "error deleting container \(name), \(name), cannot delete running task \(name): failed precondition")
        }
    }

    private func specification(
        in body: ByteBuffer, for kind: LocalGatewayConfiguration.Profile.RequestKind
    ) throws(Refusal) -> FunctionSpecification {
        let specification = try decode(FunctionSpecification.self, from: body, for: kind)
        _ = try has(specification.namespace, for: kind)
        return specification
    }

    /// - Throws: ``Refusal`` 400 in the words of the edition.
    private func decode<T: Decodable>(
        _ type: T.Type, from body: ByteBuffer, for kind: LocalGatewayConfiguration.Profile.RequestKind
    ) throws(Refusal) -> T {
        do {
            return try RequestJSON.decode(type, from: body)
        } catch {
            guard let words = configuration.profile.words.beforeFlaw(kind) else { throw Refusal(400, "") }
            throw error.preceded(by: words)
        }
    }

    func body(of request: Request) async throws -> ByteBuffer {
        do {
            return try await request.body.collect(upTo: 1 << 20)
        } catch is NIOTooManyBytesError {
            throw Refusal(413, "the request body is longer than \(1 << 20) bytes")
        }
    }

    /// The namespace that a request means; nil: it does not say.
    private func namespace(_ target: Target, _ inBody: String?) -> String? {
        target.value(of: "namespace") ?? (configuration.profile.words.readsNamespaceInBody ? inBody : nil)
    }

    /// Whether there can be functions in `namespace`.
    ///
    /// - Throws: ``Refusal`` where another namespace is a mistake.
    private func has(
        _ namespace: String?, for kind: LocalGatewayConfiguration.Profile.RequestKind
    ) throws(Refusal) -> Bool {
        guard let namespace, !namespace.isEmpty, namespace != Self.namespace else { return true }
        if let refusal = configuration.profile.words.namespace(kind) { throw refusal }
        return false
    }
}

private struct ScaleOrder: Decodable {
    /// Left out by Go programs that mean 0.
    var replicas: Int?
    var serviceName: String?
    var namespace: String?
}

private struct DeleteOrder: Decodable {
    var functionName: String?
    var namespace: String?
}
