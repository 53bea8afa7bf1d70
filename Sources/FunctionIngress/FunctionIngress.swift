import Curl
import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import OpenFaaS
import Promises
public import ServiceLifecycle
public import Steering
import Synchronization
import SystemErrors

/// Where calls of functions come in: `/function/NAME` and `/async-function/NAME` as at an OpenFaaS gateway, which they go on to. A
/// caller moves by changing a host name.
///
/// Calls of the functions that are named wait here, in order of arrival, while all their workers are taken; so how many wait, for
/// how long, and what becomes of them is known exactly (``source(of:)``). Calls of other functions go straight on.
///
///     let gateway = try GatewayAddress("http://127.0.0.1:8080")
///     var settings = FunctionIngress.Settings(gateway: gateway, functions: [.init(SteeringSettings(function: "resize"))])
///     settings.port = 8081
///     let ingress = try FunctionIngress(settings, logger: logger)
///     let source = ingress.source(of: "resize")       // a Steerer's source
///     ingress.set(ready: 3, of: "resize")             // or a WorkerSetter in Function.workers, which is asked every second
///     try await ingress.run()                         // a Service, until its graceful shutdown
public final class FunctionIngress: Service {
    /// What has happened since the start, and what is.
    public struct Counts: Sendable, Hashable, Codable {
        public var arrivals = 0
        public var completions = 0
        public var failures = 0
        public var met = 0
        public var missed = 0
        /// Calls that waited too long.
        public var late = 0
        /// Calls that were refused because too many waited.
        public var full = 0
        /// Calls whose caller went away.
        public var gone = 0
        /// Calls that a full worker has sent back, and that were sent again.
        public var collisions = 0
        /// Calls that may have run twice, since the program ended while they ran.
        public var repeated = 0
        /// Calls that had not ended when the program did, and were given up.
        public var interrupted = 0
        /// Calls that are in the function.
        public var running = 0
        /// Calls that wait for a worker.
        public var waiting = 0
        /// Records that nobody took in time.
        public var unrecorded = 0

        public init() {}
    }

    let settings: Settings
    let clock = IngressClock()
    let lines: [String: FunctionLine]
    let client: HTTPClient
    let served: ServedCalls
    private let stored: StoredCalls?
    private let logger: Logger
    private let port = Promise<Int>()
    private let wasRun = Atomic(false)

    /// Nothing is listened on before ``run()``; the file of calls that are made later is opened.
    ///
    /// - Throws: ``SteeringFailure`` for settings that do not go together, or a file that cannot be used.
    public init(_ settings: Settings, logger: Logger) throws(SteeringFailure) {
        try settings.check()
        (self.settings, self.logger) = (settings, logger)
        let clock = clock
        lines = Dictionary(
            uniqueKeysWithValues: settings.functions.map {
                ($0.settings.function, FunctionLine($0, clock: clock, mostWaiting: settings.mostWaiting))
            })
        if let file = settings.file {
            let unrepeatable = Set(settings.functions.filter { !$0.isRepeatable }.map(\.settings.function))
            stored = try StoredCalls(path: file, keptResults: settings.keptResults) { !unrepeatable.contains($0) }
        } else {
            stored = nil
        }
        client = HTTPClient(options: settings.clientOptions)
        served = ServedCalls(settings.onEnd)
    }

    /// The port that is listened on, as soon as it is.
    ///
    /// - Throws: ``SteeringFailure`` when it will never be, `CancellationError` when the calling task was cancelled.
    public func waitUntilBound() async throws -> Int { try await port.wait() }

    /// What a steerer reads of a function's load; nil: the function is not one of the settings'.
    public func source(of function: String) -> IngressSource? { lines[function].map(IngressSource.init) }

    /// What has happened to a function's calls since the start; nil: the function is not one of the settings'.
    public func counts(of function: String) -> Counts? {
        lines[function].map { line in
            var counts = line.counts
            counts.unrecorded = served.dropped
            return counts
        }
    }

    /// Tells how many workers of a function take calls; nil: nobody knows, and calls are not held back.
    public func set(ready: Int?, of function: String) { lines[function]?.set(ready: ready) }

    /// Serves until a graceful shutdown or cancellation. Calls under way then have half a second to end. To be called once.
    ///
    /// - Throws: ``SteeringFailure`` when the address cannot be listened on.
    public func run() async throws {
        guard !wasRun.exchange(true, ordering: .relaxed) else {
            throw SteeringFailure("an ingress runs once; make another one")
        }
        OpenFiles.raiseLimit()
        do {
            try await serve()
            port.finish(.failure(SteeringFailure("the ingress has ended")))
        } catch {
            port.finish(.failure(error))
            throw error
        }
    }

    /// What has ended of what runs.
    private enum Ended: Sendable {
        case server(Result<Void, any Error>)
        /// Somebody wishes that all does.
        case wish
        case other
    }

    private func serve() async throws {
        var quiet = logger
        quiet.logLevel = .critical
        await lookAtAll()
        let sender = CallSender(settings, client)
        let runner = stored.map { StoredRunner(self, $0, sender, logger) }
        let responder = IngressResponder(self, sender, runner)
        let server = IngressChannel(idleLimit: settings.idleLimit) { request, writer, connection in
            try await responder.respond(to: request, writer, connection)
        }.server(
            configuration: ServerConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 4_096),
            onServerRunning: { [port, logger, settings] channel in
                let number = channel.localAddress?.port ?? 0
                runner?.takeOver()
                logger.notice("calls are taken on http://\(settings.host):\(number)/function/")
                port.finish(.success(number))
            },
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: quiet)
        // Not a child of this task: calls under way have some time when it is cancelled.
        let serving = Task { try await server.run() }
        let failure = await withTaskGroup(of: Ended.self) { group in
            group.addTask { await .server(serving.result) }
            group.addTask { [self] in
                try? await gracefulShutdown()
                await Task { await close() }.value
                return .wish
            }
            for line in lines.values where line.function.workers != nil {
                group.addTask { [self] in
                    await follow(line)
                    return .other
                }
            }
            group.addTask { [served] in
                await served.run()
                return .other
            }
            var failure: (any Error)?
            waiting: while let ended = await group.next() {
                switch ended {
                case .server(let result):
                    if case .failure(let error) = result { failure = error }
                    break waiting
                case .wish: break waiting
                case .other: continue
                }
            }
            serving.cancel()
            group.cancelAll()
            await group.waitForAll()
            return failure
        }
        _ = try? await serving.value
        await runner?.end()
        await stored?.close()
        client.shutDown()
        await served.flush()
        if let failure, !(failure is CancellationError), !Task.isCancelled, !Task.isShuttingDownGracefully {
            throw SteeringFailure(
                "cannot listen on \(settings.host):\(settings.port): \(SystemFailure.reason(failure))")
        }
    }

    /// Nobody waits any more, and whoever is in a function has a moment to end.
    private func close() async {
        for line in lines.values { line.close() }
        let limit = ContinuousClock.now + .milliseconds(500)
        while ContinuousClock.now < limit, lines.values.contains(where: { $0.counts.running > 0 }) {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Looks at all functions' workers once, so that calls that an earlier program has left do not begin all at once. A platform
    /// that does not say is not waited for.
    private func lookAtAll() async {
        await withTaskGroup(of: Bool.self) { group in
            let followed = lines.values.filter { $0.function.workers != nil }
            for line in followed {
                group.addTask {
                    if let seen = try? await line.function.workers?.look() { line.set(ready: seen.ready) }
                    return true
                }
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return false
            }
            for _ in followed where await group.next() != true { break }
            group.cancelAll()
        }
    }

    /// Keeps a line's number of places right, until cancelled.
    private func follow(_ line: FunctionLine) async {
        guard let workers = line.function.workers else { return }
        while !Task.isCancelled {
            if let seen = try? await workers.look() {
                line.set(ready: seen.ready)
            } else {
                line.forget(after: line.function.settings.staleAfter)
            }
            try? await Task.sleep(for: settings.lookEvery)
        }
    }
}
