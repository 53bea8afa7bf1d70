import Foundation
import Logging
import ZeroMQ

/// The loop of the thread that owns the ROUTER socket: it answers what has come, books what has ended, waits for more.
///
/// Made, used and released by that thread.
final class ServerLoop {
    /// With its real port.
    var endpoint: String { socket.endpoint }

    private let server: EnvironmentServer
    private let socket: ServerSocket
    private let crew: Crew
    private let handler: RequestHandler
    private let message = IncomingMessage()
    /// How often leases are looked at.
    private let sweepInterval: Duration

    /// Listens.
    ///
    /// - Throws: why it could not.
    init(of server: EnvironmentServer, crew: Crew) throws {
        self.server = server
        self.crew = crew
        socket = try ServerSocket(server.configuration, logger: server.logger)
        crew.hang(socket.doorbell)
        handler = RequestHandler(of: server, socket: socket, crew: crew)
        sweepInterval = min(.seconds(1), server.configuration.idleTimeout / 4)
    }

    /// Serves until ``Crew/stop()``; then until all environments are closed, or their time for that is over.
    func run() {
        var nextSweep = ContinuousClock.now + sweepInterval
        while !turn(until: nextSweep) {
            guard ContinuousClock.now >= nextSweep else { continue }
            handler.expire(at: .now)
            nextSweep = .now + sweepInterval
        }
        handler.stop()
        let end = ContinuousClock.now + server.configuration.closeTimeout
        while handler.left > 0, ContinuousClock.now < end { _ = turn(until: end) }
        if handler.left > 0 {
            let timeout = server.configuration.closeTimeout
            server.logger.error("\(handler.left) environments did not close within \(timeout) and are left behind")
        }
        crew.hang(nil)
        socket.close()
    }

    /// Books what has ended, answers what has come, waits for more.
    ///
    /// - Returns: whether the server is to stop.
    private func turn(until deadline: ContinuousClock.Instant) -> Bool {
        let news = crew.takeNews()
        for report in news.reports { handler.book(report) }
        if news.isStopping, !handler.isStopping { return true }
        if crew.isIdle, !handler.isStopping {
            // Nothing but a message can happen now, so libzmq may wait for it in its own way, which takes fewer calls of
            // the system than waiting for two things.
            let patience = Int((sweepInterval / .milliseconds(1)).rounded(.up))
            if socket.receive(message, milliseconds: patience) { handler.receive(message) }
            return false
        }
        let hasMore = receiveSome()
        if handler.isStopping, handler.left == 0 { return true }
        if !hasMore {
            let left = (deadline - .now) / .milliseconds(1)
            socket.wait(orFor: crew.wake, milliseconds: max(0, Int(left.rounded(.up))))
        }
        return false
    }

    /// Answers a bounded number of messages, so that finished calls are answered under any load.
    ///
    /// - Returns: whether there may be more.
    private func receiveSome() -> Bool {
        for _ in 0..<64 {
            guard socket.receive(message) else { return false }
            handler.receive(message)
        }
        return true
    }
}
