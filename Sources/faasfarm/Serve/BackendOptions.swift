public import ArgumentParser
import Curl
import Farm
import FarmEnvironments
import Foundation
public import LiveFarm
import LocalGateway
import Logging
import OpenFaaS

/// Where the workers of a daemon's farms are.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "Address of an OpenFaaS gateway, with its base path if it has one. Left out: the daemon runs its own.")
    var gateway: String?

    @Option(help: "The worker functions on that gateway, separated by commas. The workers are spread over them.")
    var functions: String?

    @Option(help: "The gateway's user.")
    var username = "admin"

    @Option(help: "A file with the gateway's password.")
    var passwordFile: String?

    @Option(help: "The namespace of the functions. Left out: the gateway's default.")
    var namespace: String?

    @Option(help: "A file of certificate authorities (PEM) that the gateway's certificate may be of.")
    var gatewayCa: String?

    @Option(
        help: """
            How workers come about: replicas (the functions are scaled) or functions (one function for each worker, deployed
            and deleted; needs --worker-image on a gateway, and --functions is then the beginning of their names).
            """)
    var pool = PoolConfiguration.Style.replicas

    @Option(help: "The image that worker functions are deployed as.")
    var workerImage: String?

    @Option(help: "The command that worker functions run. Left out: the image's own.")
    var workerProcess: String?

    @Option(help: "A variable of worker functions' environment, NAME=VALUE; repeatable.")
    var workerEnv: [String] = []

    @Option(
        help: """
            How tasks reach workers: invoke (a call each), or queue (the gateway's queue, with callbacks to this daemon).
            """)
    var dispatch = Dispatch.invoke

    @Option(help: "HOST:PORT that callbacks are taken on; port 0 takes a free one.")
    var callbackListen = "127.0.0.1:0"

    @Option(help: "The address under which the gateway reaches --callback-listen. Left out: as it is.")
    var callbackUrl: String?

    @Option(help: "The longest body that the gateway's queue takes, in bytes.")
    var queueBodyLimit = 256_000

    @Option(help: "HOST:PORT to serve /metrics (Prometheus) and /healthz on. Left out: nowhere.")
    var metricsListen: String?

    @Option(
        help: """
            HOST:PORT to take tasks on, for the one farm that runs: POST /tasks is answered with the result, or at once with \
            202 if it says Prefer: respond-async; GET /tasks/ID fetches it then. No login: keep it to yourself.
            """)
    var ingressListen: String?

    enum Dispatch: String, ExpressibleByArgument, CaseIterable { case invoke, queue }

    @Option(help: "How many farms of the daemon's own gateway may be open at once.")
    var pools = 4

    @Option(help: "How many functions a farm on the daemon's own gateway spreads its workers over.")
    var functionsPerFarm = 1

    @Option(help: "What edition the daemon's own gateway imitates: standard, ce or faasd.")
    var gatewayProfile = LocalGatewayConfiguration.Profile.standard

    @Option(help: "What a reset does with the workers it finds: drain or adopt.")
    var onReset = PoolConfiguration.OnReset.drain

    @Option(help: "What becomes of the workers at the end: restore, keep or minimum.")
    var onRelease = PoolConfiguration.OnRelease.restore

    func validate() throws {
        if gateway == nil, functions != nil { throw ValidationError("--functions names functions of a --gateway") }
        if gateway != nil, functions == nil {
            throw ValidationError("--gateway needs --functions: the worker functions that the farm may scale and call")
        }
        if gateway != nil, pool == .functions, workerImage == nil {
            throw ValidationError("--pool functions needs --worker-image: what the workers are deployed as")
        }
        if gateway != nil, pool == .functions, functions?.contains(",") == true {
            throw ValidationError(
                "with --pool functions, --functions is one beginning of names, got \"\(functions ?? "")\"")
        }
        if gateway != nil, gatewayProfile != .standard {
            throw ValidationError("--gateway-profile is of the daemon's own gateway, and --gateway names another one")
        }
        _ = try environment()
        _ = try Self.address(callbackListen, of: "--callback-listen")
        if let ingressListen { _ = try Self.address(ingressListen, of: "--ingress-listen") }
        if ingressListen != nil, gateway == nil, pools != 1 {
            throw ValidationError("--ingress-listen needs --pools 1: tasks that come over HTTP belong to one farm")
        }
        if let metricsListen { _ = try Self.address(metricsListen, of: "--metrics-listen") }
        guard queueBodyLimit > 0 else {
            throw ValidationError("--queue-body-limit must be more than 0 bytes, got \(queueBodyLimit)")
        }
        guard (1...256).contains(pools) else { throw ValidationError("--pools must be 1 to 256, got \(pools)") }
        guard (1...256).contains(functionsPerFarm) else {
            throw ValidationError("--functions-per-farm must be 1 to 256, got \(functionsPerFarm)")
        }
    }

    /// The backend that the options describe, and the gateway to run for it.
    func backend(logger: Logger) throws -> (backend: Backend, gateway: LocalGateway?) {
        let meter = try meter(logger: logger)
        let ingress = try ingress(logger: logger)
        guard let gateway, let functions else { return try embedded(meter, ingress, logger: logger) }
        let address = try GatewayAddress(gateway)
        let credentials = try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) }
        if let namespace { try FunctionName.check(namespace, "namespace") }
        let client = GatewayClient(
            address: address, credentials: credentials, namespace: namespace,
            http: HTTPClient(options: .init(certificateAuthorities: gatewayCa)))
        var deployment: PoolConfiguration.Deployment?
        if self.pool == .functions, let workerImage {
            deployment = .init(image: workerImage, envProcess: workerProcess ?? "", envVars: try environment())
        }
        var pool = PoolConfiguration(
            gateway: client, style: self.pool,
            functions: functions.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
            deployment: deployment, onReset: onReset, onRelease: onRelease)
        pool.meter = meter
        pool.ingress = ingress
        if let listener = try listener(logger: logger) {
            if isElsewhere(address), callbackUrl == nil {
                logger.warning(
                    """
                    callbacks are taken on \(callbackListen), which \(address) may not reach; --callback-listen and \
                    --callback-url say another address
                    """)
            }
            let pools = Once { [queueBodyLimit, pool] in
                var pool = pool
                pool.queue = .init(desk: try await listener.desk(), bodyLimit: queueBodyLimit)
                return FarmPools(name: "openfaas", pools: [pool])
            }
            return (backend("openfaas", logger: logger) { try await pools.get() }, nil)
        }
        let pools = FarmPools(name: "openfaas", pools: [pool])
        return (backend("openfaas", logger: logger) { pools }, nil)
    }

    private func environment() throws -> [String: String] {
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

    private static func address(_ text: String, of option: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("\(option) must be HOST:PORT, got \"\(text)\"") }
        let host = text[..<colon].trimmingPrefix("[")
        return (String(host.hasSuffix("]") ? host.dropLast() : host), port)
    }

    /// What farms count into, served if that is wanted.
    private func meter(logger: Logger) throws -> FarmMeter? {
        guard let metricsListen else { return nil }
        let (host, port) = try Self.address(metricsListen, of: "--metrics-listen")
        let meter = FarmMeter()
        MetricsListener.start(host: host, port: port, meter: meter, logger: logger)
        return meter
    }

    /// What tasks come in through, served if that is wanted.
    private func ingress(logger: Logger) throws -> Ingress? {
        guard let ingressListen else { return nil }
        let (host, port) = try Self.address(ingressListen, of: "--ingress-listen")
        let ingress = Ingress()
        IngressListener.start(host: host, port: port, ingress: ingress, logger: logger)
        return ingress
    }

    private func listener(logger: Logger) throws -> CallbackListener? {
        guard dispatch == .queue else { return nil }
        return CallbackListener(
            listen: try Self.address(callbackListen, of: "--callback-listen"), publicURL: callbackUrl, logger: logger)
    }

    /// Whether callbacks to a loopback address would not come back from there.
    private func isElsewhere(_ address: GatewayAddress) -> Bool {
        guard let host = URLComponents(string: address.url)?.host else { return true }
        let isLoopback = host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
        return !isLoopback && callbackListen.hasPrefix("127.")
    }

    private func embedded(_ meter: FarmMeter?, _ ingress: Ingress?, logger: Logger) throws -> (
        backend: Backend, gateway: LocalGateway?
    ) {
        let password = UUID().uuidString
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configuration.password = password
        configuration.profile = gatewayProfile
        let gateway = LocalGateway(configuration: configuration, logger: logger)
        let command = CommandLine.executablePath
        let username = configuration.username
        let listener = try listener(logger: logger)
        let pools = Once {
            let port = try await gateway.waitUntilBound()
            let client = GatewayClient(
                address: try GatewayAddress("http://127.0.0.1:\(port)"),
                credentials: GatewayCredentials(username: username, password: password))
            let deployment = PoolConfiguration.Deployment(
                envProcess: "\(command) worker", envVars: try environment())
            var queue: PoolConfiguration.Queue?
            if let listener { queue = .init(desk: try await listener.desk(), bodyLimit: queueBodyLimit) }
            let pools = (1...self.pools).map { [queue] number in
                var pool = PoolConfiguration(
                    gateway: client, style: self.pool,
                    functions: (1...functionsPerFarm).map { "farm-\(number)-worker-\($0)" }, deployment: deployment,
                    onReset: onReset, pollInterval: .milliseconds(50))
                pool.queue = queue
                pool.meter = meter
                pool.ingress = ingress
                pool.isPrivate = true
                pool.releaseLimit = .seconds(1)
                return pool
            }
            return FarmPools(name: "embedded", pools: pools)
        }
        return (backend("embedded", logger: logger) { try await pools.get() }, gateway)
    }

    private func backend(_ name: String, logger: Logger, pools: @escaping @Sendable () async throws -> FarmPools)
        -> Backend
    {
        Backend(name: name, isNondeterministic: true) { scenario, speed in
            let pools = try await pools()
            let pool = try await pools.acquire()
            do {
                return try await LiveFarm(scenario: scenario, speed: speed, pool: pool, logger: logger) {
                    await pools.release(pool)
                }
            } catch {
                await pools.release(pool)
                throw error
            }
        }
    }
}

/// Pools that are made once, when they are first needed: once the port of a server of ours is known.
private actor Once {
    private let make: @Sendable () async throws -> FarmPools
    private var pools: Task<FarmPools, any Error>?

    init(make: @escaping @Sendable () async throws -> FarmPools) {
        self.make = make
    }

    func get() async throws -> FarmPools {
        if let pools { return try await pools.value }
        let task = Task { try await make() }
        pools = task
        return try await task.value
    }
}

extension PoolConfiguration.Style: ExpressibleByArgument {}
extension PoolConfiguration.OnReset: ExpressibleByArgument {}
extension PoolConfiguration.OnRelease: ExpressibleByArgument {}

extension CommandLine {
    /// The path of this program, for starting it again as a worker.
    static var executablePath: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? arguments[0]
    }
}
