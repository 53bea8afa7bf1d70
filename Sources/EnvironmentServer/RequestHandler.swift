import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Sessions
import SwiftProtobuf
import ZeroMQ

/// A request, for as long as it is looked at.
struct IncomingRequest: Sendable {
    let content: WireRequest
    let digest: RequestDigest
    let from: ReplyAddress
    /// The sender's public key, where the server has keys.
    let user: String?
}

/// What the server has of a session beside the rules.
struct ServedSession {
    let hosted: HostedEnvironment
    /// Makes the calls that return at once; nil where all go to ``hosted``.
    var stepper: Stepper?
}

/// Answers requests: by itself where they are free of sessions, else as the ``SessionTable`` says.
///
/// It belongs to the loop's thread.
final class RequestHandler {
    /// Frames before the payload: two for a REQ behind the ROUTER, three when it correlates, one more for each proxy.
    private static let maxEnvelope = 16

    private(set) var isStopping = false
    var table: SessionTable
    /// By the slots of their keys, which have been there before: from ``make(_:_:for:)`` on.
    var served: [ServedSession?] = []
    /// What the last send's step came to, where that came before its recv.
    var held: [SessionKey: WireReply.OneOf_Kind] = [:]
    let socket: ServerSocket
    let crew: Crew
    let meter = ServerMeter()
    private let server: EnvironmentServer
    private let instanceID = RequestHandler.randomID()

    init(of server: EnvironmentServer, socket: ServerSocket, crew: Crew) {
        self.server = server
        self.socket = socket
        self.crew = crew
        table = SessionTable(
            maxSessions: server.configuration.maxSessions, idleTimeout: server.configuration.idleTimeout)
    }

    private var configuration: EnvironmentServerConfiguration { server.configuration }

    /// Sessions whose environments are not closed.
    var left: Int { table.occupied }

    /// A message: its last frame is the request, the frames before it go back with the reply.
    func receive(_ message: IncomingMessage) {
        guard message.envelope.count <= RequestHandler.maxEnvelope else {
            server.logger.debug("a message of \(message.envelope.count + 1) frames was dropped")
            return
        }
        if !isStopping, takeStep(message) { return }
        let frame = Data(message.payload)
        let encoding = MessageEncoding(of: frame)
        let from = ReplyAddress(envelope: message.envelope, isJSON: encoding == .json)
        do {
            let request = IncomingRequest(
                content: try MessageDoor.request(frame, encoding),
                digest: RequestDigest(message.payload), from: from, user: message.user)
            answer(request)
        } catch {
            let malformed = WireError(.invalidArgument, .malformedRequest, error.description)
            send(.error(malformed), to: from, requestID: 0, session: "")
        }
    }

    private func answer(_ request: IncomingRequest) {
        let content = request.content
        guard !isStopping else { return reply(.error(error(.stopping)), to: request) }
        switch content.kind {
        case nil:
            let nothing = WireError(
                .invalidArgument, .malformedRequest,
                "the request says nothing to do, or something newer than this server: no hello, make, reset, step …")
            reply(.error(nothing), to: request)
        case .hello(let hello): reply(greeting(hello), to: request)
        case .listEnvs:
            let specs = server.registry.specs.map { WireEnvSpec($0) }
            reply(.listEnvs(.with { $0.envs = specs }), to: request)
        case .ping: reply(pong(content.sessionID), to: request)
        case .make:
            let effect = table.make(
                RequestHandler.randomID(), nonce: content.nonce, digest: request.digest, from: request.from,
                at: time(of: .now))
            perform(effect, for: request)
        case let kind?:
            let sessionRequest = SessionRequest(
                SessionRequest.Kind(kind), id: content.requestID, digest: request.digest, from: request.from)
            perform(table.request(sessionRequest, of: content.sessionID, at: time(of: .now)), for: request)
        }
    }

    private func reply(_ kind: WireReply.OneOf_Kind, to request: IncomingRequest) {
        send(
            kind, to: request.from, requestID: request.content.requestID, session: request.content.sessionID)
    }

    /// Encodes and sends a reply.
    ///
    /// - Returns: its bytes.
    @discardableResult
    func send(_ kind: WireReply.OneOf_Kind, to address: ReplyAddress, requestID: UInt64, session: String) -> Data {
        let bytes = crew.encoder.encode(kind, address.encoding, requestID: requestID, session: session)
        socket.send(bytes, to: address)
        return bytes
    }

    private func greeting(_ hello: WireHello.Request) -> WireReply.OneOf_Kind {
        let lowest = hello.hasProtocolMin ? hello.protocolMin.major : 1
        let highest = hello.hasProtocolMax ? hello.protocolMax.major : max(1, lowest)
        guard lowest <= 1, highest >= 1 else {
            return .error(
                WireError(
                    .failedPrecondition, .protocolVersion,
                    "this server speaks version 1 of the protocol, the client \(lowest) to \(highest); "
                        + "upgrade the \(lowest > 1 ? "server" : "client")"))
        }
        var reply = WireHello.Reply()
        reply.serverName = "faasfarm"
        reply.serverVersion = configuration.serverVersion
        reply.instanceID = instanceID
        reply.protocol = .with { $0.major = 1 }
        reply.capabilities = ["ansi", "autoreset", "json", "recv", "rgb_array", "send", "vector"]
        reply.limits = .with {
            $0.maxMessageBytes = UInt64(configuration.maxMessageBytes)
            $0.maxSessions = UInt32(clamping: configuration.maxSessions)
            $0.maxNumEnvs = UInt32(clamping: configuration.maxNumEnvs)
            $0.idleTimeoutS = configuration.idleTimeout / .seconds(1)
            $0.maxDepth = 16
        }
        return .hello(reply)
    }

    private func pong(_ session: String) -> WireReply.OneOf_Kind {
        var reply = WirePing.Reply()
        reply.sessions = UInt32(clamping: table.count)
        reply.uptimeS = time(of: .now) / .seconds(1)
        do {
            if !session.isEmpty { reply.state = try table.ping(session, at: time(of: .now)) }
        } catch {
            return .error(self.error(error))
        }
        return .ping(reply)
    }

    /// As the table counts it.
    func time(of now: ContinuousClock.Instant) -> Duration { now - crew.encoder.started }

    func error(_ refusal: Refusal) -> WireError { WireError(refusal, idleTimeout: configuration.idleTimeout) }

    /// Makes the environment of a new session.
    func make(_ key: SessionKey, _ id: String, for request: IncomingRequest) {
        guard case .make(let make) = request.content.kind else { return }
        if key.slot == served.count { served.append(nil) }
        if make.hasNumEnvs, !(1...configuration.maxNumEnvs).contains(Int(make.numEnvs)) {
            let refusal = WireError(
                .invalidArgument, .badArgument,
                "num_envs must be 1 to \(configuration.maxNumEnvs), got \(make.numEnvs)", field: "num_envs")
            return book(.made(key, Outcome(refusal)))
        }
        let isRecorded = !make.hasRecord || make.record
        let hosted = HostedEnvironment(
            observers: isRecorded ? server.observers : [], memory: SessionMemory(limit: configuration.maxSessionBytes),
            encoder: crew.encoder)
        served[key.slot] = ServedSession(hosted: hosted)
        crew.runTask { [registry = server.registry] in
            let outcome = await hosted.perform {
                try await $0.make(
                    make, session: id, registry: registry, user: request.user)
            }
            return .made(key, outcome)
        }
    }

    /// Closes sessions that were silent for too long.
    func expire(at now: ContinuousClock.Instant) {
        for effect in table.expire(at: time(of: now)) {
            server.logger.notice("a session was silent for \(configuration.idleTimeout) and is closed")
            perform(effect)
        }
    }

    /// Tells who waits that the server stops, and ends all sessions.
    func stop() {
        isStopping = true
        for effect in table.stop() { perform(effect) }
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let words: [UInt64] = [generator.next(), generator.next()]
        return words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
