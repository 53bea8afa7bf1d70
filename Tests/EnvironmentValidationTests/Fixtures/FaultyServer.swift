import EnvironmentProtocol
import Foundation
import Synchronization
import ZeroMQ

/// A server with a fault: an ordinary one behind a line that changes what passes, in either direction, as a test says.
///
/// Unchecked, because only its thread touches the sockets.
final class FaultyServer: @unchecked Sendable {
    /// What a message becomes; nil is lost. Keeps what it likes from message to message, on one thread.
    struct Fault: Sendable {
        /// Bytes of requests, and the request where they are one.
        var request: @Sendable (Data, WireRequest?) -> Data? = { bytes, _ in bytes }
        /// A reply, and its encoding.
        var reply: @Sendable (Data, WireReply, MessageEncoding) -> Data? = { bytes, _, _ in bytes }
    }

    private let fault: Fault
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    init(_ fault: Fault) {
        self.fault = fault
    }

    /// - Returns: where clients connect.
    func start(before endpoint: String) throws -> String {
        let promised = Mutex<Result<String, ZeroMQError>?>(nil)
        let isBound = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            defer { ended.signal() }
            do throws(ZeroMQError) {
                let context = try ZeroMQContext()
                let front = try ZeroMQSocket(.router, in: context)
                try front.setMaxMessageSize(16 << 20)
                let back = try ZeroMQSocket(.dealer, in: context)
                try back.connect(endpoint)
                let bound = try front.bind("tcp://127.0.0.1:0")
                promised.withLock { $0 = .success(bound) }
                isBound.signal()
                while !isStopping.load(ordering: .acquiring) { carry(front, back) }
            } catch {
                promised.withLock { $0 = .failure(error) }
                isBound.signal()
            }
        }
        thread.start()
        isBound.wait()
        return try promised.withLock { try $0?.get() ?? "" }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        ended.wait()
    }

    private func carry(_ front: ZeroMQSocket, _ back: ZeroMQSocket) {
        front.wait(milliseconds: 1)
        while let frames = front.receive(), let payload = frames.last {
            let request = try? MessageCodec.decode(WireRequest.self, from: payload, MessageEncoding(of: payload))
            guard let changed = fault.request(payload, request) else { continue }
            _ = back.send(frames.dropLast() + [changed])
        }
        while let frames = back.receive(), let payload = frames.last {
            let encoding = MessageEncoding(of: payload)
            guard let reply = try? MessageCodec.decode(WireReply.self, from: payload, encoding),
                let changed = fault.reply(payload, reply, encoding)
            else { continue }
            _ = front.send(frames.dropLast() + [changed])
        }
    }
}

extension FaultyServer.Fault {
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
