import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Numbers
import SwiftProtobuf
import ZeroMQ

/// A connection that sends what it likes, when it likes. One thread uses it.
final class Probe {
    private let socket: ZeroMQSocket
    private let envelope: [Data]
    private let patience: Double

    /// - Parameter envelope: the frames before a request; a REQ socket adds its own.
    init(
        _ endpoint: String, _ context: ZeroMQContext, keys: ClientKeys?, patience: Double,
        _ kind: ZeroMQSocket.Kind = .dealer, envelope: [Data] = [Data()]
    ) throws(ZeroMQError) {
        socket = try ZeroMQSocket(kind, in: context)
        try socket.connect(endpoint, keys: keys)
        self.envelope = envelope
        self.patience = patience
    }

    /// - Parameter other: an envelope for this message alone.
    func send(_ bytes: Data, in other: [Data]? = nil) { _ = socket.send((other ?? envelope) + [bytes]) }

    /// The next message, without its envelope.
    ///
    /// - Parameter seconds: nil: as long as patience lasts.
    /// - Throws: ``Silence``, or a ``Shortfall`` when the envelope is not what was sent.
    func receive(within seconds: Double? = nil) throws -> Data {
        let seconds = seconds ?? patience
        guard let bytes = try receiveIfAny(within: seconds) else { throw Silence(seconds: seconds) }
        return bytes
    }

    /// - Returns: nil when nothing comes in time.
    func receiveIfAny(within seconds: Double) throws -> Data? {
        guard let frames = receiveFrames(within: seconds) else { return nil }
        try expect(
            Array(frames.dropLast()) == envelope,
            got: "frames of \(frames.dropLast().map(\.count)) bytes before the reply",
            expected: "those of the request, of \(envelope.map(\.count)) bytes")
        return frames.last
    }

    /// The next message with its envelope; nil when nothing comes in time.
    func receiveFrames(within seconds: Double) -> [Data]? {
        let end = ContinuousClock.now + Duration(clampingSeconds: seconds)
        while true {
            if let frames = socket.receive() { return frames }
            let left = (end - .now) / .milliseconds(1)
            guard left > 0 else { return nil }
            socket.wait(milliseconds: Int(clamping: left.rounded(.up)))
        }
    }

    /// The bytes of the reply to these bytes.
    func exchange(_ bytes: Data, within seconds: Double? = nil) throws -> Data {
        send(bytes)
        return try receive(within: seconds)
    }

    /// The reply to a request.
    ///
    /// - Throws: ``Silence``, or a ``Shortfall`` when what comes is no reply in the request's encoding.
    func ask(
        _ request: WireRequest, _ encoding: MessageEncoding = .binary, within seconds: Double? = nil
    ) throws -> WireReply {
        try Probe.reply(try exchange(try MessageCodec.encode(request, encoding), within: seconds), encoding)
    }

    static func reply(_ bytes: Data, _ encoding: MessageEncoding = .binary) throws -> WireReply {
        guard MessageEncoding(of: bytes) == encoding,
            let reply = try? MessageCodec.decode(WireReply.self, from: bytes, encoding)
        else {
            throw Shortfall(
                got: "\(bytes.count) bytes that begin with \(bytes.prefix(8).map { String($0, radix: 16) })",
                expected: "a reply in \(encoding == .json ? "JSON" : "binary protobuf")")
        }
        return reply
    }
}
