import DaemonHTTP
import Foundation
import KEDAScaler
import Logging
import Prometheus
import ServiceLifecycle
import Steering
import UnixSignals

/// A board of steered functions that says what a test wants it to say, asked as the real one is: by gRPC and HTTP. Each line on standard
/// input is a ``Post`` and is answered by a line on standard output. Ends with SIGTERM, or with standard input.
///
///     steering-board [CERTIFICATE KEY CLIENT_CA]
@main
struct SteeringBoardServer {
    static func main() async throws {
        var logger = Logger(label: "steering-board") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let files = Array(CommandLine.arguments.dropFirst())
        let board = SteeringBoard()
        let registry = PrometheusRegistry()
        SteeringGauge.watch(board, in: registry)
        let listener =
            try files.count == 3
            ? KEDAListener("127.0.0.1:0", certificate: files[0], key: files[1], clients: files[2])
            : KEDAListener("127.0.0.1:0")
        let scaler = KEDAScaler(board, at: listener, logger: logger)
        let announcement = Announcement()
        let address = HTTPAddress(host: "127.0.0.1", port: 0)
        let http = DaemonHTTP(
            [
                .init("numbers", address, announcement.noting("numbers", SteeringRoutes(board))),
                .init("metrics", address, announcement.noting("metrics", MetricsRoutes(registry))),
            ], idleLimit: .seconds(60), logger: logger)
        let posting = Task {
            try await http.waitUntilBound()
            announcement.say(keda: try await scaler.waitUntilBound())
            readPosts(to: board)
        }
        try await ServiceGroup(
            services: [http, scaler], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
        posting.cancel()
    }

    /// On a thread of its own, since reading waits.
    private static func readPosts(to board: SteeringBoard) {
        Thread.detachNewThread {
            while let line = readLine() {
                do {
                    print(try Post(line).act(on: board))
                } catch {
                    print("{\"error\": \"\(error)\"}")
                }
                fflush(nil)
            }
            kill(getpid(), SIGTERM)
        }
    }
}
