public import EnvironmentProtocol
public import Foundation
import Synchronization
public import ZeroMQ

/// A bad line between clients and a server: it loses, repeats and changes what a test tells it to.
///
/// Unchecked, because only its thread touches the sockets.
public final class Line: @unchecked Sendable {
    /// What becomes of a message: those that come instead of it, in their order; none where it is lost.
    public typealias Fate = @Sendable (Data) -> [Data]

    /// What becomes of a request; nil: it is lost.
    public typealias RequestFate = @Sendable (WireRequest) -> WireRequest?
    /// The replies that come instead of a reply.
    public typealias ReplyFate = @Sendable (WireReply) -> [WireReply]

    private let request: Fate
    private let reply: Fate
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    /// A line that changes bytes.
    public init(requests: @escaping Fate, replies: @escaping Fate) {
        request = requests
        reply = replies
    }

    /// A line that changes messages. What is no message is lost.
    public convenience init(request: @escaping RequestFate = { $0 }, reply: @escaping ReplyFate = { [$0] }) {
        self.init(
            requests: { bytes in
                guard let message = try? MessageCodec.decode(WireRequest.self, from: bytes, .binary) else { return [] }
                guard let changed = request(message) else { return [] }
                // The same bytes where nothing was changed.
                return [changed == message ? bytes : (try? MessageCodec.encode(changed, .binary)) ?? bytes]
            },
            replies: { bytes in
                guard let message = try? MessageCodec.decode(WireReply.self, from: bytes, .binary) else { return [] }
                return reply(message).map { (try? MessageCodec.encode($0, .binary)) ?? bytes }
            })
    }

    /// Carries messages to the server at `endpoint` until ``stop()``.
    ///
    /// - Parameters:
    ///   - endpoint: the server's.
    ///   - own: the line's, for clients.
    ///   - context: for a server and clients within this process.
    /// - Returns: where clients connect.
    public func start(to endpoint: String, at own: String = "tcp://127.0.0.1:0", in context: ZeroMQContext? = nil)
        throws
        -> String
    {
        let promised = Mutex<Result<String, ZeroMQError>?>(nil)
        let isBound = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            defer { ended.signal() }
            do throws(ZeroMQError) {
                let context = if let context { context } else { try ZeroMQContext() }
                let front = try ZeroMQSocket(.router, in: context)
                try front.setMaxMessageSize(16 << 20)
                let back = try ZeroMQSocket(.dealer, in: context)
                try back.connect(endpoint)
                let bound = try front.bind(own)
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

    public func stop() {
        isStopping.store(true, ordering: .releasing)
        ended.wait()
    }

    private func carry(_ front: ZeroMQSocket, _ back: ZeroMQSocket) {
        front.wait(milliseconds: 1)
        for (from, to, fate) in [(front, back, request), (back, front, reply)] {
            while let frames = from.receive(), let payload = frames.last {
                for changed in fate(payload) { _ = to.send(frames.dropLast() + [changed]) }
            }
        }
    }
}
