import DaemonHTTP
import Foundation
import Hummingbird
import Logging
import Synchronization

/// Where the server is reached, in one line of JSON.
final class Announcement: Sendable {
    private let addresses = Mutex<[String: String]>([:])

    /// Routes whose address is noted.
    func noting(_ name: String, _ routes: some HTTPRoutes) -> some HTTPRoutes {
        NotedRoutes(name: name, routes: routes, announcement: self)
    }

    func note(_ name: String, _ address: HTTPAddress) { addresses.withLock { $0[name] = "\(address)" } }

    func say(keda: HTTPAddress) {
        note("keda", keda)
        let data = try? JSONEncoder().encode(addresses.withLock { $0 })
        print(String(decoding: data ?? Data(), as: UTF8.self))
        fflush(nil)
    }
}

private struct NotedRoutes<Routes: HTTPRoutes>: HTTPRoutes {
    let name: String
    let routes: Routes
    let announcement: Announcement

    var paths: String { routes.paths }

    func open(at address: HTTPAddress, _ logger: Logger) { announcement.note(name, address) }

    func response(to request: Request) async throws -> Response? { try await routes.response(to: request) }
}
