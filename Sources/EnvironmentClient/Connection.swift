import EnvironmentProtocol
import Foundation
import ZeroMQ

/// Requests to one endpoint, sent again in the same bytes from a new socket when no reply comes.
///
/// One thread uses it at a time. It connects when something is asked.
final class Connection {
    let endpoint: String
    /// Seconds after which requests are sent again; nil where nothing is asked for.
    let retry: Double?
    private let context: ZeroMQContext
    private let keys: ClientKeys?
    private var socket: ZeroMQSocket?

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

    /// Sends `payload` until its reply comes.
    ///
    /// - Parameters:
    ///   - name: of the request, for messages.
    ///   - end: when to give up.
    ///   - attempt: seconds after which it is sent again, at first; later waits are longer.
    ///   - isAnswer: whether a reply is the one to this request, and not a late one to another.
    /// - Throws: `timeout`, `unreachable`, or `mismatch` for what is no reply.
    func ask(
        _ payload: Data, named name: String, until end: ContinuousClock.Instant, attempt: Double,
        isAnswer: (WireReply) -> Bool
    ) throws(ClientError) -> WireReply {
        let begun = ContinuousClock.now
        var wait = attempt
        while true {
            let now = ContinuousClock.now
            guard now < end else { break }
            let socket = try connected()
            // A socket that cannot take the request now has a full queue; it is given up like a silent one.
            _ = socket.send([Data(), payload])
            let reply = try reply(on: socket, until: min(end, now + .seconds(wait)), isAnswer)
            if let reply { return reply }
            // The line may be dead without either end knowing.
            self.socket = nil
            wait *= .random(in: 1.2...1.8)
        }
        throw .timeout(
            request: name, endpoint: endpoint, seconds: (end - begun) / .seconds(1), advice: keys.adviceOnSilence)
    }

    /// What was not sent is dropped.
    func disconnect() { socket = nil }

    private func reply(
        on socket: ZeroMQSocket, until end: ContinuousClock.Instant, _ isAnswer: (WireReply) -> Bool
    ) throws(ClientError) -> WireReply? {
        while true {
            while let frame = socket.receive()?.last {
                do {
                    let reply = try MessageCodec.decode(WireReply.self, from: frame, .binary)
                    if isAnswer(reply) { return reply }
                } catch {
                    self.socket = nil
                    throw .mismatch("what answers at \(endpoint) is no server of the protocol: \(error)")
                }
            }
            let left = (end - .now) / .milliseconds(1)
            guard left > 0 else { return nil }
            socket.wait(milliseconds: Int(left.rounded(.up)))
        }
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
