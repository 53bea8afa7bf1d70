import EnvironmentProtocol
import Foundation
import Synchronization
import ZeroMQ

/// A bad line between a client and a server: it loses, repeats and changes what a test tells it to.
///
/// Unchecked, because only its thread touches the sockets.
final class Line: @unchecked Sendable {
    /// What becomes of a request: nil is lost.
    typealias RequestFate = @Sendable (WireRequest) -> WireRequest?
    /// What becomes of a reply: the messages that come instead of it, in their order.
    typealias ReplyFate = @Sendable (WireReply) -> [WireReply]

    private let request: RequestFate
    private let reply: ReplyFate
    private let isStopping = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)

    init(request: @escaping RequestFate = { $0 }, reply: @escaping ReplyFate = { [$0] }) {
        self.request = request
        self.reply = reply
    }

    /// Carries messages to the server at `endpoint` until ``stop()``.
    ///
    /// - Returns: where clients connect.
    func start(to endpoint: String, at own: String = "tcp://127.0.0.1:0", in context: ZeroMQContext? = nil) throws
        -> String
    {
        let promised = Mutex<Result<String, ZeroMQError>?>(nil)
        let isBound = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            defer { ended.signal() }
            do throws(ZeroMQError) {
                let context = if let context { context } else { try ZeroMQContext() }
                let front = try ZeroMQSocket(.router, in: context)
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

    func stop() {
        isStopping.store(true, ordering: .releasing)
        ended.wait()
    }

    private func carry(_ front: ZeroMQSocket, _ back: ZeroMQSocket) {
        front.wait(milliseconds: 1)
        while let frames = front.receive(), let payload = frames.last {
            guard let message = try? MessageCodec.decode(WireRequest.self, from: payload, .binary),
                let changed = request(message)
            else { continue }
            // The same bytes where nothing was changed.
            let bytes = changed == message ? payload : (try? MessageCodec.encode(changed, .binary)) ?? payload
            _ = back.send(frames.dropLast() + [bytes])
        }
        while let frames = back.receive(), let payload = frames.last {
            guard let message = try? MessageCodec.decode(WireReply.self, from: payload, .binary) else { continue }
            for changed in reply(message) {
                _ = front.send(frames.dropLast() + [(try? MessageCodec.encode(changed, .binary)) ?? payload])
            }
        }
    }
}
