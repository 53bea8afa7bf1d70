import Foundation

/// A function's state as OpenFaaS writes it: numbers that are 0 are left out.
struct FunctionStatus: Encodable, Sendable {
    let name: String
    let image: String
    let namespace: String
    let envProcess: String
    let envVars: [String: String]?
    let labels: [String: String]
    let annotations: [String: String]
    let limits: FunctionSpecification.Resources?
    let requests: FunctionSpecification.Resources?
    let invocationCount: Int?
    let replicas: Int?
    let availableReplicas: Int?
    let createdAt: String

    /// - Parameter inList: Lists have the number of calls, single states don't.
    init(_ function: DeployedFunction, inList: Bool, profile: LocalGatewayConfiguration.Profile) {
        let status = function.status
        let specification = status.specification
        name = specification.service
        image = specification.image
        namespace = GatewayResponder.namespace
        envProcess = specification.envProcess
        envVars = specification.envVars.isEmpty ? nil : specification.envVars
        labels = specification.labels
        annotations = specification.annotations
        limits = specification.limits
        requests = specification.requests
        invocationCount = inList && status.invocations > 0 ? status.invocations : nil
        replicas = status.desired > 0 ? status.desired : nil
        availableReplicas = status.ready > 0 && (!inList || profile.listsReady) ? status.ready : nil
        createdAt = function.createdAt.formatted(.iso8601)
    }
}

/// The body of `/system/info`.
struct Info: Encodable {
    struct Version: Encodable {
        var release = GatewayResponder.release
        var sha = ""
        var commit_message: String?
    }

    struct Provider: Encodable {
        var provider = "faasfarm"
        var orchestration = "processes"
        var version = Version()
    }

    var provider = Provider()
    var version = Version(commit_message: "FaaSFarm's local gateway")
    var arch = Info.architecture

    #if arch(arm64)
        private static let architecture = "aarch64"
    #else
        private static let architecture = "x86_64"
    #endif
}
