import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

/// The transports, each with an endpoint that nothing else uses.
enum Transport: CaseIterable {
    case tcp, ipc, inproc

    var freshEndpoint: String {
        switch self {
        case .tcp: "tcp://127.0.0.1:0"
        case .ipc: "ipc://" + freshPath()
        case .inproc: "inproc://" + UUID().uuidString
        }
    }
}

/// A path for a Unix socket, which has to be short.
func freshPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "zmq-\(UUID().uuidString.prefix(13))").path
}

/// A router and what talks to it, in one context. All are used by the test's own thread.
struct Pair {
    let context: ZeroMQContext
    let router: ZeroMQSocket
    let endpoint: String

    init(
        _ transport: Transport = .tcp,
        configure: (ZeroMQSocket) throws(ZeroMQError) -> Void = { _ throws(ZeroMQError) in }
    ) throws(ZeroMQError) {
        context = try ZeroMQContext()
        router = try ZeroMQSocket(.router, in: context)
        try configure(router)
        endpoint = try router.bind(transport.freshEndpoint)
    }

    func peer(_ kind: ZeroMQSocket.Kind) throws(ZeroMQError) -> ZeroMQSocket {
        let socket = try ZeroMQSocket(kind, in: context)
        try socket.connect(endpoint)
        return socket
    }
}

extension ZeroMQSocket {
    /// The next message.
    func next(within seconds: Double = 20) throws -> [Data] {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let frames = receive() { return frames }
            wait(milliseconds: 100)
        }
        throw TimeOut("no message within \(seconds) s")
    }
}

/// How many files this process has open. Other tests open some at the same time.
func openFiles() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
}
