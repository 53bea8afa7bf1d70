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
        if gateway == nil, state != nil { throw ValidationError("--state is of the functions of a --gateway") }
        if gateway == nil, !functions.isEmpty { throw ValidationError("--functions names functions of a --gateway") }
        if gateway != nil, functions.isEmpty {
            throw ValidationError("--gateway needs --functions: the worker functions that the farm may scale and call")
        }
        if gateway != nil, pool == .functions, workerImage == nil {
            throw ValidationError("--pool functions needs --worker-image: what the workers are deployed as")
        }
        if gateway != nil, pool == .functions, let names = functions.first(where: { $0.contains(",") }) {
            throw ValidationError("with --pool functions, --functions is one beginning of names, got \"\(names)\"")
        }
        let names = functionPools.flatMap(\.self)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ValidationError("--functions names \(twice) twice; a function belongs to one farm at a time")
        }
        if gateway != nil, gatewayProfile != .standard {
            throw ValidationError("--gateway-profile is of the daemon's own gateway, and --gateway names another one")
        }
        if ingressFile != nil, ingressListen == nil {
            throw ValidationError("--ingress-file is of tasks that come through --ingress-listen")
        }
        if let gatewayCa, FileManager.default.contents(atPath: gatewayCa) == nil {
            throw ValidationError("--gateway-ca \(gatewayCa) cannot be read; name a file of certificates (PEM)")
        }
        try validateServices()
        _ = try environment()
        _ = try Self.address(callbackListen, of: "--callback-listen")
        if let ingressListen { _ = try Self.address(ingressListen, of: "--ingress-listen") }
        if ingressListen != nil, gateway == nil, services.isEmpty, pools != 1 {
            throw ValidationError("--ingress-listen needs --pools 1: tasks that come over HTTP belong to one farm")
        }
        if ingressListen != nil, max(functions.count, services.count) > 1 {
            throw ValidationError(
                "--ingress-listen needs one pool, so one --functions or --workers: tasks that come over HTTP belong to one farm"
            )
        }
        if let metricsListen { _ = try Self.address(metricsListen, of: "--metrics-listen") }
        try OptionValue.check(seconds: httpIdleLimit, "--http-idle-limit", most: 86_400)
        guard queueBodyLimit > 0 else {
            throw ValidationError("--queue-body-limit must be more than 0 bytes, got \(queueBodyLimit)")
        }
        try OptionValue.check("--pools", pools, in: 1...256)
        try OptionValue.check("--functions-per-farm", functionsPerFarm, in: 1...256)
    }

    /// What worker functions find in their environment.
    func environment() throws -> [String: String] {
        var variables: [String: String] = [:]
        for text in workerEnv {
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
