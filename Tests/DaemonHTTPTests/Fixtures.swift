import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

@testable import DaemonHTTP

/// Routes of one path, which say where they are.
final class OnePath: HTTPRoutes {
    private let path: String
    private let answer: @Sendable () async -> String
    private let opened = Mutex<HTTPAddress?>(nil)

    init(_ path: String, answer: @escaping @Sendable () async -> String = { "here" }) {
        (self.path, self.answer) = (path, answer)
    }

    var paths: String { path }
    /// Where they are, once they are.
    var address: HTTPAddress { opened.withLock { $0 ?? HTTPAddress(host: "nowhere", port: 0) } }

    func open(at address: HTTPAddress, _ logger: Logger) { opened.withLock { $0 = address } }

    func response(to request: Request) async -> Response? {
        request.uri.path == path ? .text(.ok, await answer()) : nil
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Serves while the body runs.
func serving(_ places: [DaemonHTTP.Place], _ body: () async throws -> Void) async throws {
    let http = DaemonHTTP(places, idleLimit: .seconds(10), logger: quiet)
    let group = ServiceGroup(configuration: .init(services: [http], logger: quiet))
    let running = Task { try await group.run() }
    do {
        try await http.waitUntilBound()
        try await body()
    } catch {
        running.cancel()
        throw error
    }
    await group.triggerGracefulShutdown()
    try await running.value
}
