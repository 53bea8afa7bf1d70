import ArgumentParser
import Foundation
import LocalGateway
import Logging
import ServiceLifecycle
import UnixSignals

struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run an OpenFaaS-compatible gateway whose replicas are processes of this machine.",
        discussion: """
            Any client of OpenFaaS works against it. A function's envProcess is the command line of a program that serves
            HTTP on the port in its PORT variable, for example "faasfarm worker". envVars that concern the gateway:

              start_delay        the least time from a replica's start to being ready, for example 500ms; with
                                 start_delay_sd, start_delay_min and start_delay_max it is drawn for each replica
              max_inflight       calls that a replica takes at once; more are answered 429
              exec_timeout       longer calls are answered 504
              termination_grace  from SIGTERM to SIGKILL, 30s

            SIGINT and SIGTERM end the gateway and every replica within two seconds.
            """)

    enum Profile: String, ExpressibleByArgument, CaseIterable { case standard }

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

    @Option(help: "Whose limits and status codes to imitate: standard.")
    var profile = Profile.standard

    @Option(help: "What the first line on standard output is: text or json.")
    var format = AnnouncementFormat.text

    @Option(help: "trace, debug, info, notice, warning or error; the log goes to standard error.")
    var logLevel = Logger.Level.notice

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535, got \(port)") }
        guard coldStartLimit > 0, coldStartLimit <= 86_400 else {
            throw ValidationError(
                "--cold-start-limit must be more than 0 and at most 86400 seconds, got \(coldStartLimit)")
        }
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
        switch profile {
        case .standard: configuration.profile = .standard
        }
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
            throw ValidationError("--password-file \(passwordFile) cannot be read: \(error.localizedDescription)")
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
    let format: AnnouncementFormat

    func run() async throws {
        let port = try await gateway.waitUntilBound()
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        switch format {
        case .text: print("gateway listening on \(url)")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            print(String(decoding: try encoder.encode(["gateway": url]), as: UTF8.self))
        }
        fflush(nil)
        // A service that returns ends the gateway.
        try await gracefulShutdown()
    }
}
