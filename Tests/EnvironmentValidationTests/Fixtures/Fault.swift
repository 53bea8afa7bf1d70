import EnvironmentProtocol
import Foundation
import TestSupport

/// What becomes of messages on the way to an ordinary server and back, so that it seems to have a fault.
///
/// A message becomes nil where it is lost. The closures keep what they like from message to message, on one thread.
struct Fault: Sendable {
    /// Bytes of requests, and the request where they are one.
    var request: @Sendable (Data, WireRequest?) -> Data? = { bytes, _ in bytes }
    /// A reply, and its encoding.
    var reply: @Sendable (Data, WireReply, MessageEncoding) -> Data? = { bytes, _, _ in bytes }

    /// The line that has it.
    var line: Line {
        Line(
            requests: { [request] bytes in
                let message = try? MessageCodec.decode(WireRequest.self, from: bytes, MessageEncoding(of: bytes))
                return request(bytes, message).map { [$0] } ?? []
            },
            replies: { [reply] bytes in
                let encoding = MessageEncoding(of: bytes)
                let message = try? MessageCodec.decode(WireReply.self, from: bytes, encoding)
                return message.flatMap { reply(bytes, $0, encoding) }.map { [$0] } ?? []
            })
    }
}

extension Fault {
    /// Changes replies, in their encoding.
    static func replies(_ change: @escaping @Sendable (inout WireReply) -> Void) -> Self {
        Self(reply: { bytes, reply, encoding in
            var changed = reply
            change(&changed)
            return changed == reply ? bytes : try? MessageCodec.encode(changed, encoding)
        })
    }

    /// Changes requests, in their encoding.
    static func requests(_ change: @escaping @Sendable (inout WireRequest) -> Void) -> Self {
        Self(request: { bytes, request in
            guard let request else { return bytes }
            var changed = request
            change(&changed)
            return changed == request ? bytes : try? MessageCodec.encode(changed, MessageEncoding(of: bytes))
        })
    }
}
