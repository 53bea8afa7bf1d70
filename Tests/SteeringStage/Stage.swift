import DaemonHTTP
import Foundation
import LivePage
import Logging
import Prometheus
import ServiceLifecycle
import Steering
import SteeringMetrics
import UnixSignals

/// Functions that are steered without a platform, for tests of what shows them: real steerers, and load, workers and policies
/// that are made up. Says on standard output that it is up and in its log where it listens; ends with SIGTERM. The page's token
/// is `open sesame`.
///
///     steering-stage [EXTRA-FUNCTIONS [PERIOD-SECONDS]]
@main
struct Stage {
    static func main() async throws {
        let extra = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 0
        let period = CommandLine.arguments.dropFirst(2).first.flatMap { Double($0) } ?? 1
        var logger = Logger(label: "stage") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let functions =
            [
                StagedFunction("resize"), StagedFunction("failing", policyFails: true),
                StagedFunction("blind", sourceFails: true), StagedFunction("stranded", platformFails: true),
            ] + (0..<max(extra, 0)).map { StagedFunction("extra-\($0)") }
        let board = SteeringBoard()
        let registry = DaemonMetrics.bootstrap(help: SteeringMeter.help)
        let meter = SteeringMeter(board, functions: functions.map(\.name))
        registry.beforeText { meter.refresh() }
        var quiet = logger
        quiet.logLevel = .critical
        let steerers = Dictionary(
            uniqueKeysWithValues: functions.map { [quiet] in
                ($0.name, Steerer($0.parts(period: period, meter: meter), board: board, logger: quiet))
            })
        let control = LivePage.Control(token: "open sesame", desk: SteeringDesk(board: board, steerers: steerers))
        let page = LivePage(
            .init(
                board: board, preview: { board.entry($0).map { 2 * $0.decision.asked } }, control: control,
                recording: "episodes.sqlite"), interval: .seconds(min(period, 1)), logger: logger)
        let anywhere = HTTPAddress(host: "127.0.0.1", port: 0)
        let http = DaemonHTTP(
            [.init("metrics", anywhere, MetricsRoutes(registry)), .init("page", anywhere, page)],
            idleLimit: .seconds(180),
            logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [http, page, Up(http: http), Steering(steerers: Array(steerers.values))],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// Says that the listeners are there.
private struct Up: Service {
    let http: DaemonHTTP

    func run() async throws {
        try await http.waitUntilBound()
        print("{\"up\": true}")
        fflush(nil)
        try await gracefulShutdown()
    }
}

private struct Steering: Service {
    let steerers: [Steerer]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                for steerer in steerers { group.addTask { try? await steerer.run() } }
            }
        }
    }
}
