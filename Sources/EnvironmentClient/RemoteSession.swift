import EnvironmentProtocol
import Foundation
import Numbers
import SwiftProtobuf

/// One session of a server: its requests are counted, and each is executed once.
///
/// A request that was not answered in time stays pending. The same one again asks for its reply. Another waits for the
/// end of the pending one first, whose reply is then nobody's, so that the order of requests is the server's too.
final class RemoteSession {
    let made: WireMake.Reply
    /// The session's id, as it is compared with that of each reply.
    private let id: [UInt8]
    private let connection: Connection
    private let patience: Double
    private var lastID: UInt64 = 0
    private var pending: Pending?
    /// Why nothing more can be asked.
    private var ending: ClientError?
    private var writer = FrameWriter()

    private struct Pending {
        var id: UInt64
        var name: RequestName
        var payload: Data
    }

    /// Greets the server and makes a session.
    ///
    /// - Throws: ``ClientError``.
    init(_ configuration: ClientConfiguration, _ make: RemoteMake) throws(ClientError) {
        connection = try Connection(configuration)
        patience = configuration.patienceSeconds
        made = try connection.open(configuration, make)
        id = Array(made.sessionID.utf8)
    }

    /// - Throws: as ``call(_:expected:)``.
    func reset(_ request: WireReset.Request) throws(ClientError) -> WireReset.Reply {
        guard case .reset(let reply) = try call(.reset(request), expected: made.expectedResetS) else {
            throw lost(.mismatch("the server answered a reset by something else"))
        }
        return reply
    }

    /// Steps.
    ///
    /// - Parameters:
    ///   - action: writes the action's `Value` as field 1.
    ///   - take: is shown a reply of the usual form, in place; false: it is not for it, and comes as a message.
    /// - Returns: nil when `take` has taken the reply.
    /// - Throws: as ``call(_:expected:)``.
    func step(
        _ action: (inout FrameWriter) -> Void, take: (StepReplyFrame) -> Bool
    ) throws(ClientError) -> WireStep.Reply? {
        let made = made
        let seconds = seconds(expected: made.expectedStepS)
        let reply = try call(expected: made.expectedStepS, take: take) { () throws(ClientError) in
            writer.stepRequest(lastID + 1, session: made.sessionID, deadline: deadline(seconds), action)
            return Pending(id: lastID + 1, name: .step, payload: Data(writer.bytes))
        }
        guard let reply else { return nil }
        guard case .step(let message) = reply else {
            throw lost(.mismatch("the server answered a step by something else"))
        }
        return message
    }

    /// Asks, and asks again, until the reply comes.
    ///
    /// - Parameter expected: what the server needs when all is well, in seconds of real time.
    /// - Throws: `timeout`, `refused`, `sessionLost`, `mismatch`, `unreachable`, `closed`.
    func call(
        _ kind: WireRequest.OneOf_Kind, expected: Double
    ) throws(ClientError) -> WireReply.OneOf_Kind {
        let seconds = seconds(expected: expected)
        let reply = try call(expected: expected, take: { _ in false }) { () throws(ClientError) in
            var request = WireRequest()
            request.requestID = lastID + 1
            request.sessionID = made.sessionID
            request.deadlineMs = deadline(seconds)
            request.kind = kind
            return Pending(id: request.requestID, name: RequestName(kind), payload: try encoded(request))
        }
        guard let reply else { throw lost(.mismatch("the server answered \(RequestName(kind).rawValue) by nothing")) }
        return reply
    }

    /// - Parameter next: the request that comes after the last one that was answered.
    /// - Returns: nil when `take` has taken the reply.
    private func call(
        expected: Double, take: (StepReplyFrame) -> Bool, next: () throws(ClientError) -> Pending
    ) throws(ClientError) -> WireReply.OneOf_Kind? {
        if let ending { throw ending }
        let seconds = seconds(expected: expected)
        let attempt = connection.retry ?? max(0.2, min(usable(expected) + 2, seconds / 3))
        let end = ContinuousClock.now + Duration(clampingSeconds: seconds)
        var request = try next()
        if let earlier = pending, earlier.payload != request.payload {
            do throws(ClientError) {
                _ = try finish(earlier, until: end, attempt: attempt)
            } catch {
                // A refusal is an end too.
                guard case .refused = error else { throw error }
            }
            request = try next()
        }
        // Before its id is used.
        try connection.check(request.payload, named: request.name)
        pending = request
        return try finish(request, until: end, attempt: attempt, take: take)
    }

    private func seconds(expected: Double) -> Double { max(patience, 3 * usable(expected) + patience / 2) }

    /// A server may say anything. What is no number of seconds counts as none, and a longer wait than a day as one.
    private func usable(_ seconds: Double) -> Double { seconds.isFinite ? min(max(seconds, 0), 86_400) : 0 }

    private func deadline(_ seconds: Double) -> UInt32 { UInt32(clamping: Int(clamping: min(seconds * 1_000, 1e9))) }

    /// Ends the session, within a second and also when the server is gone. A second time does nothing.
    func close() {
        guard ending == nil else { return }
        connection.close(made.sessionID, within: min(patience, 1))
        ending = .closed
        connection.disconnect()
    }

    /// - Returns: nil when `take` has taken the reply.
    private func finish(
        _ request: Pending, until end: ContinuousClock.Instant, attempt: Double,
        take: (StepReplyFrame) -> Bool = { _ in false }
    ) throws(ClientError) -> WireReply.OneOf_Kind? {
        while true {
            let got = try connection.ask(
                request.payload, named: request.name, until: end, attempt: attempt,
                answer: { frame in try answer(to: request, in: frame, take: take) })
            guard case .message(let reply) = got else {
                answered(request)
                return nil
            }
            guard case .error(let error) = reply.kind else {
                answered(request)
                guard let kind = reply.kind, request.name.isAnswered(by: kind) else {
                    throw lost(
                        .mismatch("the server answered \(request.name.rawValue) by something else; is it newer?"))
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
                answered(request)
                throw .refused(.init(error))
            }
        }
    }

    private enum Answer {
        case message(WireReply)
        case taken
    }

    /// - Returns: nil for a reply to something else.
    private func answer(
        to request: Pending, in frame: UnsafeRawBufferPointer, take: (StepReplyFrame) -> Bool
    ) throws(MalformedMessage) -> Answer? {
        if let step = StepReplyFrame(frame), step.requestID == request.id, step.isOf(session: id), take(step) {
            return .taken
        }
        let session = made.sessionID
        let reply = try MessageCodec.decode(WireReply.self, from: Data(frame), .binary)
        let isOurs = reply.requestID == request.id && [session, ""].contains(reply.sessionID)
        // What could not be read could not be numbered either.
        let isComplaint = reply.requestID == 0 && reply.error.reason == .malformedRequest
        return isOurs || isComplaint ? .message(reply) : nil
    }

    private func answered(_ request: Pending) {
        lastID = request.id
        pending = nil
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
