import Foundation
import Synchronization

/// A scripted HTTP/1.1 server on a free loopback port, on one thread of its own. It plays a gateway, good or bad.
public final class StubGateway: Sendable {
    /// Such as "http://127.0.0.1:40123", without a slash at the end.
    public let url: String
    public let port: Int
    private let loop: StubLoop

    /// - Parameter handler: says what to do with each request, on the stub's thread: it must not wait.
    public init(_ family: Sockets.Family = .v4, handler: @escaping @Sendable (StubRequest) -> StubAnswer) throws {
        let listener = try Sockets.listen(family)
        port = listener.port
        url = "http://\(family == .v4 ? "127.0.0.1" : "[::1]"):\(port)"
        loop = try StubLoop(listener: listener.descriptor, handler: handler)
        let thread = Thread { [loop] in loop.run() }
        thread.name = "stub"
        thread.start()
    }

    deinit { loop.stop() }

    /// What has come so far, in order.
    public var requests: [StubRequest] { loop.state.withLock { $0.requests } }

    /// Connections that are open now.
    public var openConnections: Int { loop.state.withLock { $0.openConnections } }

    /// Closes the port and all connections, and returns when that is done. A second call does nothing.
    public func stop() {
        loop.stop()
        loop.waitUntilOver()
    }

    /// Waits until `condition` holds.
    ///
    /// - Returns: whether it came to hold within `limit`.
    public func wait(
        atMost limit: Duration = .seconds(10), until condition: @Sendable (StubGateway) -> Bool
    ) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition(self) {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}
