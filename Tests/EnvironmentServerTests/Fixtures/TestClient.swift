import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing
import ZeroMQ

/// A client that never blocks a thread, so that tests leave the servers they talk to room to run.
final class TestClient {
    let socket: ZeroMQSocket
    private let delimiter: [Data]
    var session = ""
    var requestID: UInt64 = 0

    /// - Parameters:
    ///   - kind: a dealer sends what and when it likes, with or without a delimiter.
    ///   - configure: sets options of the socket before it connects.
    init(
        _ endpoint: String, _ kind: ZeroMQSocket.Kind = .dealer, delimiter: [Data] = [],
        configure: (ZeroMQSocket) throws(ZeroMQError) -> Void = { _ throws(ZeroMQError) in }
    ) throws {
        socket = try ZeroMQSocket(kind, in: try ZeroMQContext())
        self.delimiter = delimiter
        if kind == .request { try socket.setRequestRelaxed() }
        try configure(socket)
        try socket.connect(endpoint)
    }

    /// A request of the session, with the next id.
    func next(_ fill: (inout WireRequest) -> Void) -> WireRequest {
        requestID += 1
        var request = WireRequest()
        request.requestID = requestID
        request.sessionID = session
        fill(&request)
        return request
    }

    func send(_ payload: Data) {
        #expect(socket.send(delimiter + [payload]))
    }

    func send(_ request: WireRequest, _ encoding: MessageEncoding = .binary) throws {
        send(try MessageCodec.encode(request, encoding))
    }

    /// The payload of the next message.
    nonisolated(nonsending) func receive(within seconds: Double = 20) async throws -> Data {
        guard let payload = try await receiveIfAny(within: seconds) else {
            throw TimeOut("no reply within \(seconds) s")
        }
        return payload
    }

    nonisolated(nonsending) func receiveIfAny(within seconds: Double) async throws -> Data? {
        let end = ContinuousClock.now + .seconds(seconds)
        var tries = 0
        repeat {
            if let frames = socket.receive() {
                #expect(Array(frames.dropLast()) == delimiter)
                return frames.last
            }
            tries += 1
            if tries < 20 { await Task.yield() } else { try await Task.sleep(for: .milliseconds(1)) }
        } while ContinuousClock.now < end
        return nil
    }

    nonisolated(nonsending) func reply(
        _ encoding: MessageEncoding = .binary, within seconds: Double = 20
    ) async throws -> WireReply {
        try MessageCodec.decode(WireReply.self, from: try await receive(within: seconds), encoding)
    }

    nonisolated(nonsending) func ask(_ request: WireRequest) async throws -> WireReply {
        try send(request)
        return try await reply()
    }

    /// The next request of the session, and its reply.
    nonisolated(nonsending) func ask(_ fill: (inout WireRequest) -> Void) async throws -> WireReply {
        try await ask(next(fill))
    }

    /// Opens a session, which later requests belong to.
    nonisolated(nonsending) func make(_ arguments: [String: Value] = [:], renderMode: String = "") async throws {
        let reply = try await ask(.newSession(arguments, renderMode: renderMode))
        try #require(reply.error.message == "")
        session = reply.make.sessionID
    }

    nonisolated(nonsending) func reset(seed: UInt32? = nil) async throws -> WireReply {
        try await ask { $0.reset.seeds = seed.map { seed in [.with { $0.words = [seed] }] } ?? [] }
    }

    nonisolated(nonsending) func step(_ action: Int64 = 1) async throws -> WireReply {
        try await ask { $0.step.action.integer = action }
    }

    nonisolated(nonsending) func ping() async throws -> WireReply {
        var request = WireRequest()
        request.sessionID = session
        request.ping = .init()
        return try await ask(request)
    }
}

extension WireRequest {
    static func newSession(
        _ arguments: [String: Value] = [:], renderMode: String = "", nonce: Data = Data()
    ) -> WireRequest {
        .with {
            $0.nonce = nonce
            $0.make.id = "test/Counter-v0"
            $0.make.renderMode = renderMode
            $0.make.kwargs = arguments.sorted { $0.key < $1.key }.map { key, value in
                .with {
                    $0.key = key
                    $0.value = WireValue(value)
                }
            }
        }
    }

    static var greeting: WireRequest { .with { $0.hello.clientName = "test" } }
}
