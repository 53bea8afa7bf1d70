import Hummingbird
public import Logging
import NIOCore
import Promises
public import ServiceLifecycle
import Synchronization
import SystemErrors

/// All that the daemon is asked over HTTP, as one service: lists of routes, each at the address that somebody wants it at. Those
/// of one address share a listener.
///
///     let metrics = DaemonHTTP.Place("--metrics-listen", try HTTPAddress("127.0.0.1:9200"), MetricsRoutes(registry))
///     let http = DaemonHTTP([metrics], idleLimit: .seconds(180), logger: logger)
///     try await ServiceGroup(services: [http], logger: logger).run()
public final class DaemonHTTP: Service {
    /// For how long a connection may be silent while its request has not come whole, or before its next one. Longer than
    /// libcurl keeps an idle connection (118 s), so that no call meets a connection that is being closed.
    public static let usualIdleSeconds = 180.0

    /// Routes at an address.
    public struct Place: Sendable {
        let option: String
        let address: HTTPAddress
        let routes: any HTTPRoutes

        /// - Parameter option: which names the address, for messages.
        public init(_ option: String, _ address: HTTPAddress, _ routes: some HTTPRoutes) {
            (self.option, self.address, self.routes) = (option, address, routes)
        }
    }

    /// An address that cannot be listened on, and what to do.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// The places of each listener.
    private let listeners: [[Place]]
    private let idleLimit: Duration
    private let logger: Logger
    /// Listeners of which it is not known whether they will listen.
    private let unsettled: Mutex<Int>
    /// When that is known of all of them.
    private let settled = Promise<Void>()
    private let bound = Promise<Void>()

    /// Nothing is listened on before ``run()``.
    ///
    /// - Parameter idleLimit: for how long a connection may be silent while its request has not come whole, or before its next one.
    public init(_ places: [Place], idleLimit: Duration, logger: Logger) {
        var listeners: [[Place]] = []
        for place in places {
            // Port 0 takes a free one for each.
            if place.address.port != 0, let index = listeners.firstIndex(where: { $0[0].address == place.address }) {
                listeners[index].append(place)
            } else {
                listeners.append([place])
            }
        }
        self.listeners = listeners
        self.idleLimit = idleLimit
        self.logger = logger
        unsettled = Mutex(listeners.count)
        if listeners.isEmpty { bound.finish(.success(())) }
    }

    /// Returns once all addresses are listened on.
    ///
    /// - Throws: ``Failure`` when one will never be, `CancellationError` when the calling task was cancelled.
    public func waitUntilBound() async throws {
        try await bound.wait()
    }

    /// Serves until a graceful shutdown or cancellation, which cut off what is under way. To be called once.
    ///
    /// - Throws: ``Failure``.
    public func run() async throws {
        guard !listeners.isEmpty else { return try await gracefulShutdown() }
        do {
            try await cancelWhenGracefulShutdown { [self] in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for places in listeners { group.addTask { try await self.serve(places) } }
                    // The first that fails ends the others, which `waitForAll` would wait for.
                    for try await _ in group {}
                }
            }
        } catch {
            bound.finish(.failure(error))
            guard Task.isCancelled || Task.isShuttingDownGracefully else { throw error }
        }
    }

    private func serve(_ places: [Place]) async throws {
        let address = places[0].address
        // What a client's end does to its connection is no news.
        var quiet = logger
        quiet.logLevel = .critical
        let application = Application(
            responder: RoutesResponder(places.map(\.routes)),
            server: .http1(configuration: .init(idleTimeout: TimeAmount(idleLimit))),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 1_024),
            onServerRunning: { [self] channel in
                let own = HTTPAddress(host: address.host, port: channel.localAddress?.port ?? 0)
                for place in places { place.routes.open(at: own, logger) }
                if settle() { bound.finish(.success(())) }
            }, logger: quiet)
        do {
            try await application.run()
        } catch {
            let options = places.map(\.option).joined(separator: ", ")
            let failure = Failure(
                description: "\(options): cannot listen on \(address): \(SystemFailure.reason(error))")
            bound.finish(.failure(failure))
            // The others are cancelled by this, which a listener that is just beginning would not hear.
            settle()
            try? await settled.wait()
            throw failure
        }
    }

    /// - Returns: whether this was the last listener.
    @discardableResult
    private func settle() -> Bool {
        let isLast = unsettled.withLock { count in
            count -= 1
            return count == 0
        }
        if isLast { settled.finish(.success(())) }
        return isLast
    }
}
