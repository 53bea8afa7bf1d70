import EnvironmentProtocol
import Foundation
import SwiftProtobuf
import ZeroMQ

/// Wakes a thread that waits for nothing but messages, by sending it one that changes nothing.
struct Doorbell: Sendable {
    /// Where the thread's socket has to listen too.
    let endpoint = "inproc://doorbell-\(UUID().uuidString)"
    private let context: ZeroMQContext

    init(of context: ZeroMQContext) { self.context = context }

    /// From any thread. Whoever cannot be woken, for want of descriptors, wakes by itself before long.
    func ring() {
        guard let socket = try? ZeroMQSocket(.dealer, in: context), (try? socket.connect(endpoint)) != nil,
            let ping = try? MessageCodec.encode(WireRequest.with { $0.ping = WirePing.Request() }, .binary)
        else { return }
        // It may be read after the socket was closed.
        try? socket.setLinger(milliseconds: 1_000)
        _ = socket.send([Data(), ping])
    }
}
