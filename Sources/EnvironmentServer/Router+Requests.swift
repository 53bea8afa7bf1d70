import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import SwiftProtobuf

extension Router {
    /// A message: its last frame is the request, the frames before it go back with the reply.
    func receive(_ frames: [Data]) {
        guard let payload = frames.last else { return }
        let encoding = MessageEncoding(of: payload)
        let from = Correspondent(envelope: Array(frames.dropLast()), encoding: encoding)
        let request: WireRequest
        do {
            request = try MessageCodec.decode(WireRequest.self, from: payload, encoding)
        } catch {
            send(.error(WireError(.invalidArgument, .malformedRequest, error.description)), to: from, requestID: 0, session: "")
            return
        }
        switch request.kind {
        case nil:
            refuse(request, from, WireError(.invalidArgument, .malformedRequest, "the request says nothing to do: no hello, make, reset, step …"))
        case .hello(let hello): reply(request, from, greet(hello))
        case .listEnvs:
            reply(request, from, .listEnvs(.with { $0.envs = registry.specs.map { WireEnvSpec($0, readable: encoding == .json) } }))
        case .ping: ping(request, from)
        case .make(let make): self.make(make, request, from)
        default: inSession(request, payload: payload, from)
        }
    }

    private func reply(_ request: WireRequest, _ from: Correspondent, _ kind: WireReply.OneOf_Kind) {
        send(kind, to: from, requestID: request.requestID, session: request.sessionID)
    }

    private func refuse(_ request: WireRequest, _ from: Correspondent, _ error: WireError) {
        reply(request, from, .error(error))
    }

    private func greet(_ hello: WireHello.Request) -> WireReply.OneOf_Kind {
        let lowest = hello.hasProtocolMin ? hello.protocolMin.major : 1
        let highest = hello.hasProtocolMax ? hello.protocolMax.major : 1
        guard (min(lowest, highest)...max(lowest, highest)).contains(1) else {
            return .error(
                WireError(
                    .failedPrecondition, .protocolVersion,
                    "this server speaks version 1 of the protocol, the client \(lowest) to \(highest); upgrade the \(lowest > 1 ? "server" : "client")"))
        }
        var reply = WireHello.Reply()
        reply.serverName = configuration.serverName
        reply.serverVersion = configuration.serverVersion
        reply.instanceID = instanceID
        reply.protocol = .with { $0.major = 1 }
        reply.capabilities = ["ansi", "json"]
        reply.limits = .with {
            $0.maxMessageBytes = UInt64(configuration.maxMessageBytes)
            $0.maxSessions = UInt32(configuration.maxSessions)
            $0.maxNumEnvs = 0
            $0.idleTimeoutS = configuration.idleTimeout / .seconds(1)
            $0.maxDepth = 16
        }
        return .hello(reply)
    }

    private func ping(_ request: WireRequest, _ from: Correspondent) {
        var reply = WirePing.Reply()
        reply.sessions = UInt32(sessions.count)
        reply.uptimeS = (ContinuousClock.now - started) / .seconds(1)
        if !request.sessionID.isEmpty {
            guard let session = sessions[request.sessionID] else {
                refuse(request, from, absence(of: request.sessionID))
                return
            }
            sessions[request.sessionID]?.leaseEnds = .now + configuration.idleTimeout
            reply.state = session.pending == nil ? session.state.rawValue : "busy"
        }
        self.reply(request, from, .ping(reply))
    }

    private func make(_ make: WireMake.Request, _ request: WireRequest, _ from: Correspondent) {
        let nonce = request.nonce.isEmpty ? Data(Router.randomID().utf8) : request.nonce
        if let (bytes, _) = made[nonce] {
            send(bytes, to: from)
        } else if making[nonce] != nil {
            making[nonce] = from
        } else if sessions.count + making.count >= configuration.maxSessions {
            refuse(
                request, from,
                WireError(
                    .resourceExhausted, .capacity, "the server has its \(configuration.maxSessions) sessions; close one",
                    retryAfterMilliseconds: 1_000))
        } else if make.hasNumEnvs {
            refuse(
                request, from,
                WireError(.unimplemented, .capabilityMissing, "this server makes single environments only; leave num_envs out", field: "num_envs"))
        } else {
            making[nonce] = from
            let id = Router.randomID()
            let hosted = HostedEnvironment(recorder: make.hasRecord && !make.record ? nil : recorder, logger: logger)
            let readable = from.encoding == .json
            start { [registry] in
                let outcome = await hosted.perform { try await $0.make(make, session: id, registry: registry, readable: readable) }
                self.complete(.made(key: nonce, session: id, hosted: hosted, outcome: outcome))
            }
        }
    }

    private func inSession(_ request: WireRequest, payload: Data, _ from: Correspondent) {
        let id = request.sessionID
        guard let session = sessions[id] else {
            if case .close = request.kind, let bytes = tombstones.reply(id) {
                send(bytes, to: from)
            } else {
                refuse(request, from, absence(of: id))
            }
            return
        }
        sessions[id]?.leaseEnds = .now + configuration.idleTimeout
        let hash = payload.hashValue
        switch session.admit(request.requestID, payload: hash) {
        case .refuse(let error): refuse(request, from, error)
        case .resend(let bytes): send(bytes, to: from)
        case .wait:
            if session.closing?.requestID == request.requestID {
                sessions[id]?.closing?.from = from
            } else {
                sessions[id]?.pending?.from = from
            }
        case .execute:
            if case .close = request.kind {
                close(id, request, hash, from)
            } else if session.pending != nil {
                refuse(
                    request, from,
                    WireError(.failedPrecondition, .sessionBusy, "the session's last request is still running; wait for its reply", retryAfterMilliseconds: 100))
            } else if let call = call(request, in: session, readable: from.encoding == .json) {
                accept(request, id, hash)
                sessions[id]?.pending = (request.requestID, from)
                start {
                    let outcome = await session.hosted.perform(call)
                    self.complete(.called(session: id, outcome: outcome))
                }
            } else {
                // Refused without running: the id is used up, so that the refusal can be repeated.
                accept(request, id, hash)
                let bytes = send(.error(refusal(of: request, in: session)), to: from, requestID: request.requestID, session: id)
                if request.requestID != 0 { sessions[id]?.lastReply = bytes }
            }
        }
    }

    private func accept(_ request: WireRequest, _ id: String, _ hash: Int) {
        guard request.requestID != 0 else { return }
        sessions[id]?.lastRequestID = request.requestID
        sessions[id]?.lastPayload = hash
        sessions[id]?.lastReply = nil
    }

    private func close(_ id: String, _ request: WireRequest, _ hash: Int, _ from: Correspondent) {
        accept(request, id, hash)
        guard let session = sessions[id] else { return }
        sessions[id]?.closing = (request.requestID, from)
        session.hosted.cancel()
        start {
            await session.hosted.close()
            self.complete(.closed(session: id))
        }
    }

    private func absence(of id: String) -> WireError {
        if id.isEmpty {
            return WireError(.notFound, .unknownSession, "the request names no session; make an environment and send its session_id")
        }
        return tombstones.isBuried(id)
            ? WireError(.notFound, .sessionExpired, "the session has ended; make the environment again")
            : WireError(.notFound, .unknownSession, "no such session: it ended, or the server was started anew; make the environment again")
    }
}
