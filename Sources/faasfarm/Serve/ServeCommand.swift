public import ArgumentParser
import DaemonHTTP
import EnvironmentCatalogue
import EnvironmentServer
import Episodes
import Foundation
import Gymnasium
import LocalGateway
public import Logging
import ServiceLifecycle
import UnixSignals
import ZeroMQ

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve farms as Gymnasium environments over ZeroMQ.",
        discussion: """
            Without --gateway, the daemon runs an OpenFaaS-compatible gateway of its own, whose workers are processes on \
            this machine. With it, the farm's workers are the named functions of that gateway:

              faasfarm serve --gateway http://127.0.0.1:8080 --password-file pw \\
                --functions worker-1,worker-2

            Or the workers are HTTP services that take tasks as POSTs:

              faasfarm serve \\
                --workers http://127.0.0.1:9001,http://127.0.0.1:9002

            An agent connects with \
            gymnasium.make("faasfarm/Farm-v0", endpoint="tcp://127.0.0.1:5555"). \
            From other machines it needs keys, see `faasfarm keys`:

              faasfarm serve --endpoint 'tcp://*:5555' \\
                --server-key keys/server.key --allow-clients keys

            SIGINT and SIGTERM end everything, workers included, within two seconds.
            """)

    @Option(help: "Where agents connect: tcp://HOST:PORT or ipc://PATH. Port 0 takes a free one and prints it.")
    var endpoint = "tcp://127.0.0.1:5555"

    @Option(help: "Short for --endpoint tcp://127.0.0.1:PORT.")
    var port: Int?

    @Option(help: "Record every episode into this SQLite file; made when it is not there.")
    var record: String?

    @OptionGroup var backend: BackendOptions

    @Option(help: "Close a session that is silent for so many seconds.")
    var idleTimeout = 300.0

    @OptionGroup(title: "Encryption") var security: SecurityOptions

    @Flag(help: "Stop when standard input closes: a parent that starts the daemon this way cannot leave it behind.")
    var untilStdinCloses = false

    @Option(help: "What the first line on standard output is: text or json.")
    var format = AnswerFormat.text

    @Option(help: "trace, debug, info, notice, warning or error; the log goes to standard error.")
    var logLevel = Logger.Level.warning

    func validate() throws {
        try OptionValue.check("--port", port, in: 0...65_535)
        try OptionValue.check("--idle-timeout", idleTimeout, in: 0.1...1e9, "seconds")
    }

    func run() async throws {
        var logger = Logger(label: "faasfarm") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel

        // Before anything is opened or listened on.
        try await backend.greetGateway(logger: logger)
        let address = port.map { "tcp://127.0.0.1:\($0)" } ?? endpoint
        let recorder = try record.map {
            try EpisodeStore(
                path: $0, mode: .write, programVersion: "faasfarm \(FaaSFarm.version)",
                holder: "faasfarm serve at \(address)", onGrowth: { [logger] in logger.warning("\($0)") })
        }
        let routes = try backend.routes(recording: record, logger: logger)
        if let recorder, let metrics = routes.metrics { DaemonMetrics.watch(recorder, in: metrics) }
        let farms = try backend.backend(routes, logger: logger)
        let registry = EnvironmentCatalogue.registry(live: farms.backend, recording: recorder)

        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = address
        configuration.allowsRemote = security.insecure
        configuration.curve = try security.curve(logger: logger)
        configuration.idleTimeout = .seconds(idleTimeout)
        configuration.serverVersion = FaaSFarm.version
        if farms.gateway == nil, configuration.curve == nil, !configuration.endpoint.hasPrefix("ipc://") {
            logger.warning(
                """
                every user of this machine can steer \((backend.place.functions + backend.theirs.workers).joined(separator: ",")) through \
                \(configuration.endpoint); an ipc:// endpoint or keys (`faasfarm keys`) keep it to yourself
                """)
        }
        let server = EnvironmentServer(
            configuration: configuration, registry: registry, observers: recorder.map { [$0] } ?? [], logger: logger)
        let announcement = Announcement(
            server: server, http: routes.service, gateway: farms.gateway,
            serverKey: configuration.curve?.serverKey.publicKey, format: format,
            recorder: recorder)

        // Stopped in reverse order: sessions give their workers back, and hear of their calls, before that ends.
        let services: [any Service] = [
            farms.gateway as (any Service)?, routes.service, routes.page, server, announcement,
        ]
        .compactMap(\.self)
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        if untilStdinCloses { StandardInputWatch.start { await group.triggerGracefulShutdown() } }
        do {
            try await group.run()
        } catch {
            await routes.ingressFile?.close()
            _ = try? await recorder?.close()
            throw error
        }
        await routes.ingressFile?.close()
        if try await recorder?.close() == .withLog, let record {
            logger.warning(
                """
                another program reads \(record), so a part of the recording is still in \(record)-wal; copy both, or open the \
                file once more when that program is done
                """)
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
