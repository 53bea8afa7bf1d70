import EnvironmentProtocol
import Foundation
import SwiftProtobuf

/// One session of a server: its requests are counted, and each is executed once.
///
/// A request that was not answered in time stays pending. The same one again asks for its reply. Another waits for the
/// end of the pending one first, whose reply is then nobody's, so that the order of requests is the server's too.
final class RemoteSession {
    let made: WireMake.Reply
    private let connection: Connection
    private let patience: Double
    private var lastID: UInt64 = 0
    private var pending: Pending?
    /// Why nothing more can be asked.
    private var ending: ClientError?

    private struct Pending {
        var id: UInt64
        var kind: WireRequest.OneOf_Kind
        var payload: Data
    }

    /// Greets the server and makes a session.
    ///
    /// - Throws: ``ClientError``.
    init(_ configuration: ClientConfiguration, _ make: RemoteMake) throws(ClientError) {
        connection = try Connection(configuration)
        patience = configuration.patienceSeconds
        made = try connection.open(configuration, make)
    }

    /// - Throws: as ``call(_:expected:)``.
    func reset(_ request: WireReset.Request) throws(ClientError) -> WireReset.Reply {
        guard case .reset(let reply) = try call(.reset(request), expected: made.expectedResetS) else {
            throw lost(.mismatch("the server answered a reset by something else"))
        }
        return reply
    }

    /// - Throws: as ``call(_:expected:)``.
    func step(_ action: WireValue) throws(ClientError) -> WireStep.Reply {
        let request = WireStep.Request.with { $0.action = action }
        guard case .step(let reply) = try call(.step(request), expected: made.expectedStepS) else {
            throw lost(.mismatch("the server answered a step by something else"))
        }
        return reply
    }

    /// Asks, and asks again, until the reply comes.
    ///
    /// - Parameter expected: what the server needs when all is well, in seconds of real time.
    /// - Throws: `timeout`, `refused`, `sessionLost`, `mismatch`, `unreachable`, `closed`.
    func call(
        _ kind: WireRequest.OneOf_Kind, expected: Double
    ) throws(ClientError) -> WireReply.OneOf_Kind {
        if let ending { throw ending }
        let seconds = max(patience, 3 * expected + patience / 2)
        let attempt = connection.retry ?? max(0.2, min(expected + 2, seconds / 3))
        let end = ContinuousClock.now + .seconds(seconds)
        if let earlier = pending, earlier.kind != kind {
            do throws(ClientError) {
                _ = try finish(earlier, until: end, attempt: attempt)
            } catch {
                // A refusal is an end too.
                guard case .refused = error else { throw error }
            }
        }
        let request = if let pending { pending } else { try next(kind, seconds: seconds) }
        pending = request
        return try finish(request, until: end, attempt: attempt)
    }

    /// Ends the session, within a second and also when the server is gone. A second time does nothing.
    func close() {
        guard ending == nil else { return }
        var request = WireRequest()
        // Without an id, because it is not known whether the server has got a pending request.
        request.sessionID = made.sessionID
        request.close = .init()
        let session = made.sessionID
        if let payload = try? encoded(request) {
            // Of a session that cannot be closed, the server's lease takes care.
            _ = try? connection.ask(
                payload, named: "close", until: .now + .seconds(min(patience, 1)), attempt: 0.25
            ) { $0.requestID == 0 && $0.sessionID == session }
        }
        ending = .closed
        connection.disconnect()
    }

    private func next(_ kind: WireRequest.OneOf_Kind, seconds: Double) throws(ClientError) -> Pending {
        var request = WireRequest()
        request.requestID = lastID + 1
        request.sessionID = made.sessionID
        request.deadlineMs = UInt32(clamping: Int(min(seconds * 1_000, 1e9)))
        request.kind = kind
        return Pending(id: request.requestID, kind: kind, payload: try encoded(request))
    }

    private func finish(
        _ request: Pending, until end: ContinuousClock.Instant, attempt: Double
    ) throws(ClientError) -> WireReply.OneOf_Kind {
        let session = made.sessionID
        while true {
            let reply = try connection.ask(
                request.payload, named: request.kind.name, until: end, attempt: attempt
            ) { reply in
                let isOurs = reply.requestID == request.id && [session, ""].contains(reply.sessionID)
                // What could not be read could not be numbered either.
                return isOurs || reply.requestID == 0 && reply.error.reason == .malformedRequest
            }
            guard case .error(let error) = reply.kind else {
                lastID = request.id
                pending = nil
                guard let kind = reply.kind, request.kind.isAnswered(by: kind) else {
                    throw lost(.mismatch("the server answered \(request.kind.name) by something else; is it newer?"))
                }
                return kind
            }
            switch error.reason {
            case .sessionBusy:
                // The id is not used up.
                let pause = Double(max(error.retryAfterMs, 10)) / 1_000
                Thread.sleep(forTimeInterval: max(0, min(pause, (end - .now) / .seconds(1))))
            case .unknownSession, .sessionExpired, .serverStopping: throw lost(.sessionLost(.init(error)))
            case .requestGap, .requestChanged, .staleRequest, .malformedRequest:
                throw lost(
                    .mismatch(
                        "the server does not take request \(request.id): \(ClientError.Refusal(error)); does somebody "
                            + "else use this session?"))
            default:
                lastID = request.id
                pending = nil
                throw .refused(.init(error))
            }
        }
    }

    private func lost(_ error: ClientError) -> ClientError {
        ending = error
        pending = nil
        return error
    }
}

/// - Throws: `mismatch`, for what the schema cannot say.
func encoded(_ request: WireRequest) throws(ClientError) -> Data {
    do {
        return try MessageCodec.encode(request, .binary)
    } catch {
        throw .mismatch("the request cannot be written in the protocol's schema: \(error)")
    }
}
