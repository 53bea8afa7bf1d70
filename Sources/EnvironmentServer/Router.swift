import Dispatch
import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Promises
import Synchronization
import ZeroMQ

/// The thread that owns the ROUTER socket and the table of sessions.
///
/// Unchecked, because all but the inbox is touched by that thread only.
final class Router: @unchecked Sendable {
    typealias Job = @Sendable () async -> Void

    /// A finished job, on its way back to the router's thread.
    enum Completion: Sendable {
        case made(nonce: Data, session: String, outcome: Outcome)
        /// With the reply's bytes, where they were made beside the router.
        case called(session: String, outcome: Outcome, reply: Data?)
        /// A step whose request was read in place.
        case stepped(session: String, step: Stepper.Step)
        case closed(session: String)
    }

    /// A make under way.
    struct Making {
        let hosted: HostedEnvironment
        let payload: Int
        /// The newest who asked; nil when answered already.
        var from: Correspondent?
    }

    /// An answered make.
    struct Made {
        let payload: Int
        let reply: Data
        let at: ContinuousClock.Instant
    }

    private struct Inbox {
        var completions: [Completion] = []
        var isStopping = false
    }

    let configuration: EnvironmentServerConfiguration
    let registry: EnvironmentRegistry
    let recorder: (any EpisodeRecorder)?
    let logger: Logger
    let encoder: ReplyEncoder
    let meter = ServerMeter()
    let instanceID = Router.randomID()
    private let submit: AsyncStream<Job>.Continuation
    /// Where steps run that return at once and are not quick. Outside Swift's cooperative pool, which they would hold up.
    private let beside = DispatchQueue(label: "steps", attributes: .concurrent)
    private let inbox = Mutex(Inbox())
    /// Wakes this thread while jobs run.
    private let wake: WakeSignal
    /// Wakes it while none does.
    private let doorbell = Mutex<Doorbell?>(nil)

    var sessions: [String: Session] = [:]
    /// Whose step came last, and whose will most often be the next; it may have ended.
    var lastStepped: Session?
    var tombstones = Tombstones()
    /// By nonce, or by a key of our own.
    var making: [Data: Making] = [:]
    /// By nonce, for a minute.
    var made: [Data: Made] = [:]
    private(set) var isStopping = false
    /// Jobs begun of which the end is not booked.
    private var jobs = 0
    /// How often leases are looked at.
    private let sweepInterval: Duration
    private var socket: ZeroMQSocket?
    private let message = IncomingMessage()
    private var admission: Admission?

    init(
        configuration: EnvironmentServerConfiguration, registry: EnvironmentRegistry, recorder: (any EpisodeRecorder)?,
        logger: Logger, submit: AsyncStream<Job>.Continuation
    ) throws {
        self.configuration = configuration
        self.registry = registry
        self.recorder = recorder
        self.logger = logger
        self.submit = submit
        encoder = ReplyEncoder(logger: logger)
        sweepInterval = min(.seconds(1), configuration.idleTimeout / 4)
        wake = try WakeSignal()
    }

    /// From any thread: ends `run`.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        wake.signal()
        doorbell.withLock { $0?.ring() }
    }

    /// From any thread: a job has ended.
    func complete(_ completion: Completion) {
        inbox.withLock { $0.completions.append(completion) }
        wake.signal()
    }

    /// Runs `job` among the tasks of the server's `run()`. It ends with one ``complete(_:)``.
    func start(_ job: @escaping Job) {
        jobs += 1
        submit.yield(job)
    }

    /// Runs `call` on a thread of its own kind, away from this one. It ends with one ``complete(_:)``.
    func startBeside(_ call: @escaping @Sendable () -> Void) {
        jobs += 1
        beside.async(execute: call)
    }

    /// Serves until ``stop()``; then until all environments are closed, or their time for that is over.
    func run(bound: Promise<String>) {
        defer { submit.finish() }
        do {
            bound.finish(.success(try listen()))
        } catch {
            admission?.stop()
            bound.finish(.failure(error))
            return
        }
        var nextSweep = ContinuousClock.now + sweepInterval
        while !turn(until: nextSweep) {
            guard ContinuousClock.now >= nextSweep else { continue }
            expire(at: .now)
            nextSweep = .now + sweepInterval
        }
        stopAll()
        let end = ContinuousClock.now + configuration.closeTimeout
        while !(sessions.isEmpty && making.isEmpty), ContinuousClock.now < end { _ = turn(until: end) }
        let left = sessions.count + making.count
        if left > 0 {
            logger.error("\(left) environments did not close within \(configuration.closeTimeout) and are left behind")
        }
        hangUp()
    }

    private func hangUp() {
        let context = socket?.context
        doorbell.withLock { $0 = nil }
        // The last replies leave while the context ends.
        try? socket?.setLinger(milliseconds: 200)
        socket?.endHandshakeMonitor()
        socket = nil
        admission?.stop()
        // Here and not before: whoever releases a context last waits for its end.
        withExtendedLifetime(context) {}
    }

    private func listen() throws -> String {
        let context =
            if let shared = configuration.context { shared } else { try ZeroMQContext() }
        let admission = try Admission(in: context, curve: configuration.curve, logger: logger)
        self.admission = admission
        let socket = try ZeroMQSocket(.router, in: context)
        try socket.startHandshakeMonitor(admission.monitorName)
        if let curve = configuration.curve { try socket.setCurveServer(curve.serverKey) }
        try socket.setMaxMessageSize(configuration.maxMessageBytes)
        try socket.setRouterMandatory()
        try socket.setRouterHandover()
        try socket.setHeartbeat(milliseconds: 10_000)
        if configuration.endpoint.contains("[") { try socket.setIPv6() }
        let endpoint = try socket.bind(configuration.endpoint)
        let doorbell = Doorbell(of: context)
        _ = try socket.bind(doorbell.endpoint)
        self.doorbell.withLock { $0 = doorbell }
        if endpoint.hasPrefix("ipc:///") { chmod(String(endpoint.dropFirst("ipc://".count)), 0o600) }
        self.socket = socket
        return endpoint
    }

    /// Books what has ended, answers what has come, waits for more.
    ///
    /// - Returns: whether the server is to stop.
    private func turn(until deadline: ContinuousClock.Instant) -> Bool {
        let work = inbox.withLock { inbox in
            defer { inbox.completions = [] }
            return inbox
        }
        jobs -= work.completions.count
        for completion in work.completions { finish(completion) }
        if work.isStopping, !isStopping { return true }
        if jobs == 0, !isStopping {
            // Nothing but a message can happen now, so libzmq may wait for it in its own way, which takes fewer calls of
            // the system than waiting for two things.
            let patience = Int((sweepInterval / .milliseconds(1)).rounded(.up))
            if let socket, socket.receive(message, milliseconds: patience) { receive(message) }
            return false
        }
        let hasMore = receiveSome()
        if isStopping, sessions.isEmpty, making.isEmpty { return true }
        if !hasMore {
            let left = (deadline - .now) / .milliseconds(1)
            socket?.wait(orFor: wake, milliseconds: max(0, Int(left.rounded(.up))))
        }
        return false
    }

    /// Answers a bounded number of messages, so that finished calls are answered under any load.
    ///
    /// - Returns: whether there may be more.
    private func receiveSome() -> Bool {
        for _ in 0..<64 {
            guard socket?.receive(message) == true else { return false }
            receive(message)
        }
        return true
    }

    /// Tells who waits that the server stops, and ends all sessions.
    private func stopAll() {
        isStopping = true
        for session in sessions.values {
            if let running = session.running, let from = running.from {
                let bytes = send(.error(stopping), to: from, requestID: running.requestID, session: session.id)
                session.keep(bytes, to: running.requestID)
                session.running?.from = nil
            }
            end(session, .stopping)
        }
        for (nonce, make) in making {
            if let from = make.from { send(.error(stopping), to: from, requestID: 0, session: "") }
            making[nonce]?.from = nil
            make.hosted.cancel()
        }
    }

    var stopping: WireError {
        WireError(.unavailable, .serverStopping, "the server is stopping; its sessions end with it")
    }

    private func expire(at now: ContinuousClock.Instant) {
        for session in sessions.values
        where session.leaseEnds < now && session.running == nil && session.ending == nil {
            logger.notice("a session was silent for \(configuration.idleTimeout) and is closed")
            end(session, .expired)
        }
        made = made.filter { now - $0.value.at < .seconds(60) }
    }

    /// Ends a session: its environment closes once the call under way, which is cancelled, has returned.
    func end(_ session: Session, _ ending: Session.Ending) {
        // A close that waits for its reply keeps waiting for it.
        if session.ending != nil { return }
        session.ending = ending
        if session.running == nil { close(session) } else { session.hosted.cancel() }
    }

    /// Not while a call runs.
    func close(_ session: Session) {
        start { [hosted = session.hosted, id = session.id] in
            await hosted.close()
            self.complete(.closed(session: id))
        }
    }

    /// Encodes and sends a reply.
    ///
    /// - Returns: its bytes.
    @discardableResult
    func send(
        _ kind: WireReply.OneOf_Kind, to correspondent: Correspondent, requestID: UInt64, session: String
    ) -> Data {
        let bytes = encoder.encode(kind, correspondent.encoding, requestID: requestID, session: session)
        send(bytes, to: correspondent)
        return bytes
    }

    func send(_ bytes: Data, to correspondent: Correspondent) {
        bytes.withUnsafeBytes { send($0, to: correspondent) }
    }

    func send(_ bytes: UnsafeRawBufferPointer, to correspondent: Correspondent) {
        if socket?.send(correspondent.envelope, bytes) == false { logger.debug("a reply's peer is gone") }
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
