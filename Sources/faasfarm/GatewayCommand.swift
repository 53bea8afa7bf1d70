public import ArgumentParser
import Foundation
public import LocalGateway
import Logging
import ServiceLifecycle
import SystemErrors
import UnixSignals

struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run an OpenFaaS-compatible gateway whose replicas are processes of this machine.",
        discussion: """
            Any client of OpenFaaS works against it. A function's envProcess is the command line of a program that \
            serves HTTP on the port in its PORT variable, for example "faasfarm worker". envVars that concern the gateway:

              start_delay        from a replica's start to being ready, such as 500ms;
                                 with start_delay_sd, _min and _max it is drawn
              max_inflight       calls of a replica at once; more are answered 429
              exec_timeout       longer calls are answered 504
              termination_grace  from SIGTERM to SIGKILL, 30s

            --profile imitates what an edition does, silent limits and waits included: ce and faasd stop replicas in the \
            middle of calls and give calls to functions that do not listen yet. --fault imitates what goes wrong. So a \
            farm can be rehearsed before it meets the real thing:

              faasfarm gateway --profile ce
              faasfarm gateway --profile faasd --slowness 0.1
              faasfarm gateway --fault 502=0.1 --fault delay=0.2:500ms \\
                --fault-seed 7

            Kinds of faults: refuse (the connection is closed at once), cut (in the middle of the answer), 429, 502, \
            delay, nothing (queued calls and scale requests are accepted, and nothing happens), vanish (the function is \
            unknown for a while, vanish=0.01:2s); the platform's own 500s, which say nothing of a task: 500 (the \
            watchdog: the function has died, or does not listen), 500-proxy (the replica cannot be reached), 500-scaling \
            (scaling from zero failed), 500-queue (the queue is down); and callbacks of queued calls: nameless (without \
            X-Call-Id), silent (not sent).

            POST /async-function/NAME answers 202 and sends the result to X-Callback-Url. GET /metrics is Prometheus \
            text. SIGINT and SIGTERM end the gateway and every replica within two seconds.
            """)

    @Option(help: "0 takes a free one and prints it.")
    var port = 8080

    @Option(help: "The address to listen on. Other than loopback needs --password-file.")
    var host = "127.0.0.1"

    @Option(help: "The user that /system/ asks for.")
    var username = "admin"

    @Option(help: "A file with the password that /system/ asks for. Left out: nobody is asked.")
    var passwordFile: String?

    @Option(help: "For how many seconds a call waits for a first ready replica.")
    var coldStartLimit = 30.0

    @Option(help: "Whose limits, status codes and waits to imitate: standard, ce (Community Edition) or faasd.")
    var profile = LocalGatewayConfiguration.Profile.standard

    @Option(help: "What the profile's waits are multiplied by; 0: none.")
    var slowness = 1.0

    @Option(
        help: """
            How many replicas may be starting at once, until each listens. Left out: twice the number of processors, and a \
            start of more than two seconds lets the next one begin.
            """)
    var parallelStarts: Int?

    @Option(help: "How many calls may wait for a first ready replica of a function; more are answered 503 at once.")
    var coldStartCalls = 4_096

    @Option(
        help: "For how many seconds a connection may be silent before its request has come whole, or between requests.")
    var idleLimit = 180.0

    @Option(
        help: """
            A file in which queued calls survive the gateway, until the next one has their functions; made when it is not \
            there.
            """)
    var queueFile: String?

    @Option(help: "How many queued calls run at once. Left out: 16, or 1 with ce and faasd.")
    var queueConcurrency: Int?

    @Option(help: "A fault for a share of the requests: KIND=PROBABILITY or KIND=PROBABILITY:DURATION; repeatable.")
    var fault: [String] = []

    @Option(help: "Equal seeds and equal orders of requests meet equal faults.")
    var faultSeed: UInt64 = 0

    @Option(help: "What the first line on standard output is: text or json.")
    var format = AnswerFormat.text

    @Option(help: "trace, debug, info, notice, warning or error; the log goes to standard error.")
    var logLevel = Logger.Level.notice

    func validate() throws {
        try OptionValue.check("--port", port, in: 0...65_535)
        try OptionValue.check(seconds: coldStartLimit, "--cold-start-limit", most: 86_400)
        try OptionValue.check("--slowness", slowness, in: 0...100)
        try OptionValue.check(seconds: idleLimit, "--idle-limit", most: 86_400)
        try OptionValue.check("--parallel-starts", parallelStarts, in: 1...10_000)
        try OptionValue.check("--queue-concurrency", queueConcurrency, in: 1...10_000)
        try OptionValue.check("--cold-start-calls", coldStartCalls, in: 1...1_000_000)
        for text in fault { _ = try FaultRule(text) }
    }

    func run() async throws {
        var logger = Logger(label: "faasfarm.gateway") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel

        var configuration = LocalGatewayConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.username = username
        configuration.password = try password()
        configuration.coldStartLimit = .seconds(coldStartLimit)
        configuration.profile = profile
        configuration.slowness = slowness
        configuration.parallelStarts = parallelStarts
        configuration.mostWaitingCalls = coldStartCalls
        configuration.idleLimit = .seconds(idleLimit)
        configuration.queueFile = queueFile
        configuration.queueConcurrency = queueConcurrency
        configuration.faults = try fault.map { try FaultRule($0) }
        configuration.faultSeed = faultSeed
        let gateway = LocalGateway(configuration: configuration, logger: logger)
        let announcement = GatewayAnnouncement(gateway: gateway, host: host, format: format)
        let group = ServiceGroup(
            configuration: .init(
                services: [gateway, announcement], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    private func password() throws -> String? {
        guard let passwordFile else { return nil }
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: passwordFile), encoding: .utf8)
        } catch {
            throw ValidationError("--password-file \(passwordFile) cannot be read: \(SystemFailure.reason(error))")
        }
        let password = text.trimmingCharacters(in: .newlines)
        guard !password.isEmpty else { throw ValidationError("--password-file \(passwordFile) has no password in it") }
        return password
    }
}

/// Says on standard output where the gateway is to be reached, once it is.
private struct GatewayAnnouncement: Service {
    let gateway: LocalGateway
    let host: String
    let format: AnswerFormat

    func run() async throws {
        let port = try await gateway.waitUntilBound()
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        switch format {
        case .text: print("gateway listening on \(url)")
        case .json: try AnswerFormat.printJSON(["gateway": url])
        }
        fflush(nil)
        // A service that returns ends the gateway.
        try await gracefulShutdown()
    }
}

extension LocalGatewayConfiguration.Profile: ExpressibleByArgument {
    public init?(argument: String) {
        guard let profile = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = profile
    }

    public static var allValueStrings: [String] { all.map(\.name) }
}
