extension LocalGatewayConfiguration.Profile {
    /// What an edition says to requests that it refuses. Names of functions go in, the answer comes out.
    struct Words: Sendable {
        /// Deploying a name that is there.
        var existing: @Sendable (_ name: String) -> Refusal = {
            Refusal(400, "unable to create function: \($0) already exists; change it with PUT")
        }
        /// Deploying a name that is being deleted.
        var departing: @Sendable (_ name: String) -> Refusal = {
            Refusal(400, "unable to create function: \($0) is being deleted")
        }
        /// One function too many.
        var full: @Sendable (_ limit: Int) -> Refusal = {
            Refusal(400, "unable to create function: \($0) functions are there, and this edition has no more")
        }
        var missingInScale: @Sendable (_ name: String) -> Refusal = { .notFound($0) }
        var missingInUpdate: @Sendable (_ name: String) -> Refusal = { .notFound($0) }
        var missingInDeletion: @Sendable (_ name: String) -> Refusal = { .notFound($0) }
        /// A secret that is not there.
        var secret: @Sendable (_ name: String) -> Refusal = { Refusal(400, "unable to find secret: \($0)") }
        /// Another namespace in a deployment, an update or a scale request.
        var namespace: @Sendable (_ request: RequestKind) -> Refusal? = { _ in Refusal(400, "namespace not valid") }
        /// What stands before the reason why a body is no JSON; nil: the answer is empty.
        var beforeFlaw: @Sendable (_ request: RequestKind) -> String? = { _ in "" }
        /// Whether the namespace of a scale request and of a deletion is read in the body, too.
        var readsNamespaceInBody = true
        /// - Throws: ``Refusal`` for a deployment that the edition does not take.
        var check: @Sendable (_ specification: FunctionSpecification) throws(Refusal) -> Void = { _ in }
    }

    enum RequestKind: Sendable { case list, status, deployment, update, scale, deletion }
}

extension LocalGatewayConfiguration.Profile.Words {
    /// faasd's words, and what its labels mean to this gateway is checked.
    static let standard = Self(check: { specification throws(Refusal) in
        guard let minimum = specification.scaleLabel("min"), let maximum = specification.scaleLabel("max"),
            minimum > maximum
        else { return }
        throw Refusal(
            400, "the label com.openfaas.scale.min is \(minimum), which is more than com.openfaas.scale.max, \(maximum)"
        )
    })

    /// As faasd 0.19.0 was seen to answer.
    static let faasd = Self(departing: {
        Refusal(400, "unable to create function: \($0), snapshot \"\($0)-snapshot\": already exists")
    })

    /// As the source of faas-netes has it.
    static let kubernetes = Self(
        existing: { Refusal(500, "unable create Deployment: deployments.apps \"\($0)\" already exists") },
        departing: {
            Refusal(
                500, "unable create Deployment: object is being deleted: deployments.apps \"\($0)\" already exists")
        },
        full: {
            Refusal(
                400,
                "unable to create function, maximum: \($0), visit https://openfaas.com/pricing to upgrade to OpenFaaS Standard"
            )
        },
        missingInScale: { Refusal(500, "Unable to lookup function deployment \($0)", endsLine: false) },
        missingInUpdate: {
            Refusal(
                404,
                "unable update Deployment: \($0).\(GatewayResponder.namespace), error: deployments.apps \"\($0)\" not found"
            )
        },
        missingInDeletion: { Refusal(404, "deployments.apps \"\($0)\" not found", endsLine: false) },
        secret: { Refusal(400, "unable to fetch secrets: secrets \"\($0)\" not found") },
        namespace: { request in
            switch request {
            // Another namespace has no functions, which is no mistake.
            case .list, .status, .deletion: nil
            case .deployment, .update, .scale: Refusal(400, "namespace must be: \(GatewayResponder.namespace)")
            }
        },
        beforeFlaw: { request in
            switch request {
            case .deployment: "failed to unmarshal request: "
            case .update: "unable to unmarshal request: "
            case .deletion: nil
            case .list, .status, .scale: ""
            }
        },
        readsNamespaceInBody: false,
        check: { specification throws(Refusal) in
            if specification.image.isEmpty { throw Refusal(400, "validation failed: image: is required") }
            if let label = unsupportedLabel(in: specification) {
                throw Refusal(400, "validation failed: com.openfaas.scale.\(label) for Community Edition")
            }
            if ImageName.isPrivate(specification.image) {
                throw Refusal(400, "the Community Edition license agreement only supports public images")
            }
        })

    /// A label that the Community Edition refuses, with what it says of it.
    private static func unsupportedLabel(in specification: FunctionSpecification) -> String? {
        let labels = specification.labels
        if labels["com.openfaas.scale.zero"] == "true" { return "zero not available" }
        for name in ["zero-duration", "target", "type"] where labels["com.openfaas.scale." + name] != nil {
            return "\(name) not available"
        }
        for name in ["max", "min"] where specification.scaleLabel(name) ?? 0 > 5 {
            return "\(name) is set too high"
        }
        return nil
    }
}

/// Names of container images. Nothing is fetched here, so a name is all there is to tell a public image by.
enum ImageName {
    /// Whether the image is of a registry that only this machine or its network can reach.
    static func isPrivate(_ image: String) -> Bool {
        guard let slash = image.firstIndex(of: "/") else { return false }
        let host = image[..<slash].prefix { $0 != ":" }.lowercased()
        if host == "localhost" || host.hasSuffix(".local") || host.hasSuffix(".internal") { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard bytes.count == 4, host.split(separator: ".").count == 4 else { return false }
        return switch (bytes[0], bytes[1]) {
        case (127, _), (10, _), (192, 168), (172, 16...31): true
        default: false
        }
    }
}
