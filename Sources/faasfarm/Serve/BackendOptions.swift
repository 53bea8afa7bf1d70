public import ArgumentParser
import DaemonHTTP
import Foundation
public import LiveFarm
import LocalGateway
public import OpenFaaSWorkers

/// Where the workers of a daemon's farms are.
struct BackendOptions: ParsableArguments {
    @OptionGroup(title: "Workers") var workers: WorkerOptions
    @OptionGroup(title: "A gateway of yours") var place: GatewayOptions
    @OptionGroup(title: "Services of yours") var theirs: ServiceOptions
    @OptionGroup(title: "Calls") var calls: CallOptions
    @OptionGroup(title: "Listening for others") var listening: ListeningOptions

    func validate() throws {
        let (gateway, functions) = (place.gateway, place.functions)
        if gateway == nil, workers.state != nil { throw ValidationError("--state is of the functions of a --gateway") }
        if gateway == nil, !functions.isEmpty { throw ValidationError("--functions names functions of a --gateway") }
        if gateway != nil, functions.isEmpty {
            throw ValidationError("--gateway needs --functions: the worker functions that the farm may scale and call")
        }
        if gateway != nil, workers.pool == .functions, workers.workerImage == nil {
            throw ValidationError("--pool functions needs --worker-image: what the workers are deployed as")
        }
        if gateway != nil, workers.pool == .functions, let names = functions.first(where: { $0.contains(",") }) {
            throw ValidationError("with --pool functions, --functions is one beginning of names, got \"\(names)\"")
        }
        let names = place.functionPools.flatMap(\.self)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ValidationError("--functions names \(twice) twice; a function belongs to one farm at a time")
        }
        if gateway != nil, workers.gatewayProfile != .standard {
            throw ValidationError("--gateway-profile is of the daemon's own gateway, and --gateway names another one")
        }
        if listening.ingressFile != nil, listening.ingressListen == nil {
            throw ValidationError("--ingress-file is of tasks that come through --ingress-listen")
        }
        if let file = place.gatewayCa, FileManager.default.contents(atPath: file) == nil {
            throw ValidationError("--gateway-ca \(file) cannot be read; name a file of certificates (PEM)")
        }
        try validateServices()
        _ = try environment()
        _ = try Self.address(calls.callbackListen, of: "--callback-listen")
        if let text = listening.ingressListen { _ = try Self.address(text, of: "--ingress-listen") }
        if listening.ingressListen != nil, gateway == nil, theirs.workers.isEmpty, workers.pools != 1 {
            throw ValidationError("--ingress-listen needs --pools 1: tasks that come over HTTP belong to one farm")
        }
        if listening.ingressListen != nil, max(functions.count, theirs.workers.count) > 1 {
            throw ValidationError(
                "--ingress-listen needs one pool, so one --functions or --workers: tasks that come over HTTP belong to one farm"
            )
        }
        if let text = listening.metricsListen { _ = try Self.address(text, of: "--metrics-listen") }
        if let text = listening.pageListen { _ = try Self.address(text, of: "--page-listen") }
        try OptionValue.check(seconds: listening.httpIdleLimit, "--http-idle-limit", most: 86_400)
        guard calls.queueBodyLimit > 0 else {
            throw ValidationError("--queue-body-limit must be more than 0 bytes, got \(calls.queueBodyLimit)")
        }
        try OptionValue.check("--pools", workers.pools, in: 1...256)
        try OptionValue.check("--functions-per-farm", workers.functionsPerFarm, in: 1...256)
    }

    /// What worker functions find in their environment.
    func environment() throws -> [String: String] {
        var variables: [String: String] = [:]
        for text in workers.workerEnv {
            let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty else {
                throw ValidationError("--worker-env must be NAME=VALUE, got \"\(text)\"")
            }
            variables[String(sides[0])] = String(sides[1])
        }
        return variables
    }

    static func address(_ text: String, of option: String) throws -> HTTPAddress {
        guard let address = HTTPAddress(text) else {
            throw ValidationError("\(option) must be HOST:PORT, got \"\(text)\"")
        }
        return address
    }
}

extension GatewayPool.Style: ExpressibleByArgument {}
extension GatewayPool.OnRelease: ExpressibleByArgument {}
extension LiveFarmOptions.OnReset: ExpressibleByArgument {}
