import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Synchronization
import ZeroMQ

/// The thread that owns the ROUTER socket and the table of sessions.
///
/// Unchecked, because all but the inbox is touched by that thread only.
final class Router: @unchecked Sendable {
    typealias Job = @Sendable () async -> Void

    /// A finished call, on its way back to the router's thread.
    enum Completion: Sendable {
        case made(key: Data, session: String, hosted: HostedEnvironment, outcome: HostedEnvironment.Outcome)
        case called(session: String, outcome: HostedEnvironment.Outcome)
        case closed(session: String)
    }

    private struct Inbox {
        var completions: [Completion] = []
        var isStopping = false
    }

    let configuration: EnvironmentServerConfiguration
    let registry: EnvironmentRegistry
    let recorder: (any EpisodeRecorder)?
    let logger: Logger
    let started = ContinuousClock.now
    let instanceID = Router.randomID()
    private let submit: AsyncStream<Job>.Continuation
    private let inbox = Mutex(Inbox())
    private let wake: WakeSignal

    var sessions: [String: Session] = [:]
    var tombstones = Tombstones()
    /// Makes under way, by nonce (or a key of our own), with who waits.
    var making: [Data: Correspondent] = [:]
    /// Answered makes by nonce, for a minute.
    var made: [Data: (reply: Data, at: ContinuousClock.Instant)] = [:]
    private var socket: ZeroMQSocket?

    init(
        configuration: EnvironmentServerConfiguration, registry: EnvironmentRegistry, recorder: (any EpisodeRecorder)?,
        logger: Logger, submit: AsyncStream<Job>.Continuation
    ) throws {
        self.configuration = configuration
        self.registry = registry
        self.recorder = recorder
        self.logger = logger
        self.submit = submit
        wake = try WakeSignal()
    }

    /// From any thread: ends `run`.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        wake.signal()
    }

    /// From any thread: a call has ended.
    func complete(_ completion: Completion) {
        inbox.withLock { $0.completions.append(completion) }
        wake.signal()
    }

    func start(_ job: @escaping Job) {
        submit.yield(job)
    }

    func run(bound: BoundEndpoint) {
        defer { submit.finish() }
        do {
            let socket = try ZeroMQSocket(.router, in: try ZeroMQContext())
            try socket.setMaxMessageSize(configuration.maxMessageBytes)
            try socket.setRouterMandatory()
            try socket.setHeartbeat(interval: 10_000)
            let endpoint = try socket.bind(configuration.endpoint)
            if let path = endpoint.split(separator: "ipc://").first, endpoint.hasPrefix("ipc://") { chmod(String(path), 0o600) }
            self.socket = socket
            bound.succeed(endpoint)
        } catch {
            bound.fail(error)
            return
        }
        var nextSweep = ContinuousClock.now + .seconds(1)
        while true {
            let work = inbox.withLock { inbox in
                defer { inbox.completions = [] }
                return inbox
            }
            work.completions.forEach(finish)
            if work.isStopping { break }
            // A bounded number, so that finished calls are answered under any load.
            for _ in 0..<64 {
                guard let frames = socket?.receive() else { break }
                receive(frames)
            }
            if ContinuousClock.now > nextSweep {
                expire(at: .now)
                nextSweep = .now + .seconds(1)
            }
            socket?.wait(orFor: wake, milliseconds: 250)
        }
        stopAll()
        socket = nil
    }

    /// Tells who waits that the server stops, and closes all environments.
    private func stopAll() {
        let stopping = WireReply.OneOf_Kind.error(WireError(.unavailable, .serverStopping, "the server is stopping"))
        for (id, session) in sessions {
            if let pending = session.pending { send(stopping, to: pending.from, requestID: pending.requestID, session: id) }
            session.hosted.cancel()
            let limit = configuration.closeTimeout
            start {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await session.hosted.close() }
                    group.addTask { try? await Task.sleep(for: limit) }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
        for correspondent in making.values { send(stopping, to: correspondent, requestID: 0, session: "") }
    }

    private func expire(at now: ContinuousClock.Instant) {
        for (id, session) in sessions where session.leaseEnds < now && session.pending == nil && session.closing == nil {
            logger.notice("a session was silent for \(configuration.idleTimeout) and is closed")
            bury(id, reply: nil)
        }
        made = made.filter { now - $0.value.at < .seconds(60) }
    }

    /// Ends a session; its environment closes in the background.
    func bury(_ id: String, reply: Data?) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        tombstones.add(id, reply: reply)
        start { await session.hosted.close() }
    }

    /// Encodes and sends a reply.
    ///
    /// - Returns: its bytes.
    @discardableResult
    func send(_ kind: WireReply.OneOf_Kind, to correspondent: Correspondent, requestID: UInt64, session: String) -> Data {
        var reply = WireReply()
        reply.requestID = requestID
        reply.sessionID = session
        reply.serverTimeNs = UInt64(max(0, (ContinuousClock.now - started) / .nanoseconds(1)))
        reply.kind = kind
        do {
            let bytes = try MessageCodec.encode(reply, correspondent.encoding)
            send(bytes, to: correspondent)
            return bytes
        } catch {
            logger.error("a reply could not be encoded: \(error)")
            return Data()
        }
    }

    func send(_ bytes: Data, to correspondent: Correspondent) {
        if socket?.send(correspondent.envelope + [bytes]) == false { logger.debug("a reply's peer is gone") }
    }

    static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let words: [UInt64] = [generator.next(), generator.next()]
        return words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
