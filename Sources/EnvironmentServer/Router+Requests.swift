import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import SwiftProtobuf
import ZeroMQ

extension Router {
    /// Frames before the payload: two for a REQ behind the ROUTER, three when it correlates, one more for each proxy.
    private static let maxEnvelope = 16

    /// A message: its last frame is the request, the frames before it go back with the reply.
    func receive(_ message: IncomingMessage) {
        guard message.envelope.count <= Router.maxEnvelope else {
            logger.debug("a message of \(message.envelope.count + 1) frames was dropped")
            return
        }
        if takeStep(message) { return }
        let payload = Data(message.payload)
        let encoding = MessageEncoding(of: payload)
        let from = Correspondent(envelope: message.envelope, encoding: encoding)
        let request: WireRequest
        do {
            request = try MessageCodec.decode(WireRequest.self, from: payload, encoding)
        } catch {
            let malformed = WireError(.invalidArgument, .malformedRequest, error.description)
            send(.error(malformed), to: from, requestID: 0, session: "")
            return
        }
        guard !isStopping else {
            refuse(request, from, stopping)
            return
        }
        switch request.kind {
        case nil:
            refuse(
                request, from,
                WireError(
                    .invalidArgument, .malformedRequest,
                    "the request says nothing to do, or something newer than this server: no hello, make, reset, step …"
                ))
        case .hello(let hello): reply(request, from, greet(hello))
        case .listEnvs:
            let specs = registry.specs.map { WireEnvSpec($0, readable: encoding == .json) }
            reply(request, from, .listEnvs(.with { $0.envs = specs }))
        case .ping: ping(request, from)
        case .make(let make):
            self.make(make, request, payload: Session.digest(message.payload), from, user: message.user)
        default: inSession(request, payload: Session.digest(message.payload), from)
        }
    }

    private func reply(_ request: WireRequest, _ from: Correspondent, _ kind: WireReply.OneOf_Kind) {
        send(kind, to: from, requestID: request.requestID, session: request.sessionID)
    }

    func refuse(_ request: WireRequest, _ from: Correspondent, _ error: WireError) {
        reply(request, from, .error(error))
    }

    private func greet(_ hello: WireHello.Request) -> WireReply.OneOf_Kind {
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
        reply.serverName = configuration.serverName
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

    private func ping(_ request: WireRequest, _ from: Correspondent) {
        var reply = WirePing.Reply()
        reply.sessions = UInt32(clamping: sessions.count)
        reply.uptimeS = (ContinuousClock.now - encoder.started) / .seconds(1)
        if !request.sessionID.isEmpty {
            guard let session = sessions[request.sessionID], session.ending == nil else {
                refuse(request, from, absence(of: request.sessionID))
                return
            }
            session.leaseEnds = .now + configuration.idleTimeout
            reply.state = session.running == nil ? session.state.rawValue : "busy"
        }
        self.reply(request, from, .ping(reply))
    }

    private func make(
        _ make: WireMake.Request, _ request: WireRequest, payload: Int, _ from: Correspondent, user: String?
    ) {
        guard request.nonce.count <= 64 else {
            refuse(
                request, from,
                WireError(
                    .invalidArgument, .badArgument, "a nonce has 64 bytes at most, got \(request.nonce.count)",
                    field: "nonce"))
            return
        }
        let nonce = request.nonce.isEmpty ? Data(Router.randomID().utf8) : request.nonce
        if let earlier = made[nonce]?.payload ?? making[nonce]?.payload, earlier != payload {
            refuse(
                request, from,
                WireError(
                    .invalidArgument, .requestChanged,
                    "a make with this nonce came before with another content; each make has a nonce of its own"))
        } else if let made = made[nonce] {
            send(made.reply, to: from)
        } else if making[nonce] != nil {
            making[nonce]?.from = from
        } else if sessions.count + making.count >= configuration.maxSessions {
            refuse(
                request, from,
                WireError(
                    .resourceExhausted, .capacity,
                    "the server has its \(configuration.maxSessions) sessions; close one, or wait for one to expire",
                    retryAfterMilliseconds: 1_000))
        } else if make.hasNumEnvs, !(1...configuration.maxNumEnvs).contains(Int(make.numEnvs)) {
            refuse(
                request, from,
                WireError(
                    .invalidArgument, .badArgument,
                    "num_envs must be 1 to \(configuration.maxNumEnvs), got \(make.numEnvs)", field: "num_envs"))
        } else {
            let isRecorded = !make.hasRecord || make.record
            let hosted = HostedEnvironment(
                recorder: isRecorded ? recorder : nil, memory: SessionMemory(limit: configuration.maxSessionBytes),
                encoder: encoder)
            making[nonce] = Making(hosted: hosted, payload: payload, from: from)
            let id = Router.randomID()
            let readable = from.encoding == .json
            start { [registry] in
                let outcome = await hosted.perform {
                    try await $0.make(make, session: id, registry: registry, readable: readable, user: user)
                }
                self.complete(.made(nonce: nonce, session: id, outcome: outcome))
            }
        }
    }

    /// Why a session is not there.
    func absence(of id: String) -> WireError {
        if id.isEmpty {
            return WireError(
                .notFound, .unknownSession, "the request names no session; make an environment and send its session_id")
        }
        if tombstones.contains(id) || sessions[id]?.ending != nil {
            return WireError(
                .notFound, .sessionExpired,
                "the session has ended: it was closed, or silent for \(configuration.idleTimeout); make again")
        }
        return WireError(
            .notFound, .unknownSession,
            "no such session; if the server was started anew, its sessions are gone: make again, then reset")
    }
}
