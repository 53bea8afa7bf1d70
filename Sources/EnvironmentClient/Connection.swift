import EnvironmentProtocol
import Foundation
import Numbers
import ZeroMQ

/// Requests to one endpoint, sent again in the same bytes from a new socket when no reply comes.
///
/// One thread uses it at a time. It connects when something is asked.
final class Connection {
    let endpoint: String
    /// Bytes that a request may have, which the server's hello tells; nil: not known.
    var limit: UInt64?
    /// Seconds after which requests are sent again; nil where nothing is asked for.
    let retry: Double?
    private let context: ZeroMQContext
    private let keys: ClientKeys?
    private var socket: ZeroMQSocket?
    private let message = IncomingMessage()
    /// What a REQ socket would send before a request.
    private static let envelope = [Data()]

    /// - Throws: `unreachable` when the process has no descriptors left.
    init(_ configuration: ClientConfiguration) throws(ClientError) {
        endpoint = configuration.endpoint
        retry = configuration.retrySeconds
        keys = configuration.keys
        if let context = configuration.context {
            self.context = context
            return
        }
        do {
            context = try ZeroMQContext()
        } catch {
            throw .unreachable(error.description)
        }
    }

    /// A request that is longer than the server takes would be dropped, and the connection with it.
    ///
    /// - Throws: `refused` with `MESSAGE_TOO_LARGE`; nothing was sent.
    func check(_ payload: Data, named name: RequestName) throws(ClientError) {
        guard let limit, payload.count > limit else { return }
        throw .refused(
            ClientError.Refusal(
                WireError(
                    .invalidArgument, .messageTooLarge,
                    "the \(name.rawValue) has \(payload.count) bytes, and the server at \(endpoint) takes \(limit) at "
                        + "most; nothing was sent: give shorter arguments, or step fewer environments at once")))
    }

    /// Sends `payload` until its reply comes.
    ///
    /// - Parameters:
    ///   - name: of the request, for messages.
    ///   - end: when to give up.
    ///   - attempt: seconds after which it is sent again, at first; later waits are longer.
    ///   - isAnswer: whether a reply is the one to this request, and not a late one to another.
    /// - Throws: `timeout`, `unreachable`, or `mismatch` for what is no reply.
    func ask(
        _ payload: Data, named name: RequestName, until end: ContinuousClock.Instant, attempt: Double,
        isAnswer: (WireReply) -> Bool
    ) throws(ClientError) -> WireReply {
        try ask(
            payload, named: name, until: end, attempt: attempt,
            answer: { frame in
                let reply = try MessageCodec.decode(WireReply.self, from: Data(frame), .binary)
                return isAnswer(reply) ? reply : nil
            })
    }

    /// Sends `payload` until its reply comes.
    ///
    /// - Parameters:
    ///   - name: of the request, for messages.
    ///   - end: when to give up.
    ///   - attempt: seconds after which it is sent again, at first; later waits are longer.
    ///   - answer: makes something of the reply to this request, and nil of a late one to another.
    /// - Throws: `timeout`, `unreachable`, or `mismatch` for what is no reply.
    func ask<Answer>(
        _ payload: Data, named name: RequestName, until end: ContinuousClock.Instant, attempt: Double,
        answer: (UnsafeRawBufferPointer) throws -> Answer?
    ) throws(ClientError) -> Answer {
        let begun = ContinuousClock.now
        var now = begun
        var wait = attempt
        while now < end {
            let socket = try connected()
            // A socket that cannot take the request now has a full queue; it is given up like a silent one.
            _ = payload.withUnsafeBytes { socket.send(Connection.envelope, $0) }
            let pause = min(end, now + Duration(clampingSeconds: wait))
            if let answer = try reply(on: socket, from: now, until: pause, answer) { return answer }
            // The line may be dead without either end knowing.
            self.socket = nil
            wait *= .random(in: 1.2...1.8)
            now = .now
        }
        throw .timeout(
            request: name.rawValue, endpoint: endpoint, seconds: (end - begun) / .seconds(1),
            advice: keys.adviceOnSilence)
    }

    /// What was not sent is dropped.
    func disconnect() { socket = nil }

    private func reply<Answer>(
        on socket: ZeroMQSocket, from begin: ContinuousClock.Instant, until end: ContinuousClock.Instant,
        _ answer: (UnsafeRawBufferPointer) throws -> Answer?
    ) throws(ClientError) -> Answer? {
        var now = begin
        while now < end {
            let left = ((end - now) / .milliseconds(1)).rounded(.up)
            if socket.receive(message, milliseconds: Int(left)) {
                do {
                    if let answer = try answer(message.payload) { return answer }
                } catch {
                    self.socket = nil
                    throw .mismatch("what answers at \(endpoint) is no server of the protocol: \(error)")
                }
            }
            now = .now
        }
        return nil
    }

    private func connected() throws(ClientError) -> ZeroMQSocket {
        if let socket { return socket }
        do {
            let socket = try ZeroMQSocket(.dealer, in: context)
            try socket.connect(endpoint, keys: keys)
            self.socket = socket
            return socket
        } catch {
            throw .unreachable(error.description)
        }
    }
}
