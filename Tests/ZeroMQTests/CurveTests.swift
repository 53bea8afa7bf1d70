import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

@Suite("CURVE")
struct CurveTests {
    /// Whichever side notices first that only one has keys; the other sees it hang up.
    static let mismatch: [HandshakeMonitor.Event] = [.failed(.mechanismMismatch), .failed(.other)]

    /// A router with keys, its authenticator and its monitor, all of them the test's own thread's.
    struct Guarded {
        let context: ZeroMQContext
        let router: ZeroMQSocket
        let authenticator: CurveAuthenticator
        let monitor: HandshakeMonitor
        let endpoint: String
        let key: CurveSecretKey

        init(_ transport: Transport = .tcp) throws {
            context = try ZeroMQContext()
            authenticator = try CurveAuthenticator(in: context)
            monitor = try HandshakeMonitor(in: context)
            router = try ZeroMQSocket(.router, in: context)
            key = try CurveSecretKey.generate()
            try router.startHandshakeMonitor(monitor.name)
            try router.setCurveServer(key)
            endpoint = try router.bind(transport.freshEndpoint)
        }

        /// Lets `body` wait, and answers the authenticator's questions meanwhile.
        func run<Result>(
            admits: (CurveAuthenticator.Applicant) -> Bool, _ what: String, _ body: () throws -> Result?
        ) throws -> Result {
            let end = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < end {
                authenticator.answerAll(admits: admits)
                if let result = try body() { return result }
                ZeroMQSocket.wait(on: [authenticator.socket, monitor.socket, router], milliseconds: 5)
            }
            throw TimeOut("not within 20 s: \(what)")
        }
    }

    private func client(
        of endpoint: String, _ key: CurveSecretKey, server: CurvePublicKey
    ) throws -> ZeroMQSocket {
        let socket = try ZeroMQSocket(.request, in: try ZeroMQContext())
        try socket.setCurveClient(key, server: server)
        try socket.connect(endpoint)
        return socket
    }

    @Test("An admitted client talks, and the authenticator knows its key", arguments: [Transport.tcp, .ipc])
    func admitted(transport: Transport) throws {
        let guarded = try Guarded(transport)
        let key = try CurveSecretKey.generate()
        let client = try client(of: guarded.endpoint, key, server: guarded.key.publicKey)
        #expect(client.send([Data("question".utf8)]))
        var applicants: [CurveAuthenticator.Applicant] = []
        let admits = { (applicant: CurveAuthenticator.Applicant) in
            applicants.append(applicant)
            return true
        }
        let request = try guarded.run(admits: admits, "the question") { guarded.router.receive() }
        #expect(request.last == Data("question".utf8))
        #expect(guarded.router.send(Array(request.dropLast()) + [Data("answer".utf8)]))
        #expect(try client.next() == [Data("answer".utf8)])
        #expect(applicants.map(\.key) == [key.publicKey])
        if transport == .tcp { #expect(applicants.map(\.address) == ["127.0.0.1"]) }
        #expect(guarded.monitor.next() == .succeeded)
    }

    @Test("A refused client gets nothing through, and is reported as refused")
    func refused() throws {
        let guarded = try Guarded()
        let client = try client(of: guarded.endpoint, CurveSecretKey.generate(), server: guarded.key.publicKey)
        // It may be refused before it comes to that.
        _ = client.send([Data([1])])
        let event = try guarded.run(admits: { _ in false }, "the refusal") { guarded.monitor.next() }
        #expect(event == .failed(.refusedKey))
        #expect(guarded.router.receive() == nil)
    }

    @Test("libzmq#2227: a wrong server key, a missing client key and a client without keys are told apart")
    func report71_wrongKeys() throws {
        let guarded = try Guarded()
        var wasAsked = false
        func failure(_ what: String) throws -> HandshakeMonitor.Event {
            let admits = { (_: CurveAuthenticator.Applicant) in
                wasAsked = true
                return true
            }
            return try guarded.run(admits: admits, what) { guarded.monitor.next() }
        }
        do {
            let stranger = try client(
                of: guarded.endpoint, CurveSecretKey.generate(), server: CurveSecretKey.generate().publicKey)
            #expect(stranger.send([Data([1])]))
            #expect(try failure("a wrong server key") == .failed(.wrongKey))
        }
        do {
            let plain = try ZeroMQSocket(.request, in: try ZeroMQContext())
            try plain.connect(guarded.endpoint)
            #expect(plain.send([Data([1])]))
            var event = try failure("a client without keys")
            // The stranger may have tried once more before it went.
            while event == .failed(.wrongKey) { event = try failure("a client without keys") }
            #expect(Self.mismatch.contains(event))
        }
        #expect(guarded.router.receive() == nil)
        #expect(!wasAsked)
    }

    @Test("libzmq#2227: a client with keys at a server without them is reported as that")
    func report71_plainServer() throws {
        let context = try ZeroMQContext()
        let monitor = try HandshakeMonitor(in: context)
        let router = try ZeroMQSocket(.router, in: context)
        try router.startHandshakeMonitor(monitor.name)
        let endpoint = try router.bind("tcp://127.0.0.1:0")
        let client = try client(of: endpoint, CurveSecretKey.generate(), server: CurveSecretKey.generate().publicKey)
        #expect(client.send([Data([1])]))
        try eventuallyHere("the mismatch is reported") { monitor.next().map(Self.mismatch.contains) ?? false }
        #expect(router.receive() == nil)
    }

    @Test("A client's own monitor tells it what the server's says")
    func clientSide() throws {
        let guarded = try Guarded()
        let context = try ZeroMQContext()
        let monitor = try HandshakeMonitor(in: context)
        let plain = try ZeroMQSocket(.request, in: context)
        try plain.startHandshakeMonitor(monitor.name)
        try plain.connect(guarded.endpoint)
        let event = try guarded.run(admits: { _ in true }, "the mismatch") { monitor.next() }
        #expect(Self.mismatch.contains(event))
        plain.endHandshakeMonitor()
    }

    @Test("A monitor that is not read holds nobody up once it is ended")
    func unreadMonitor() throws {
        let guarded = try Guarded()
        guarded.router.endHandshakeMonitor()
        let key = try CurveSecretKey.generate()
        for count in UInt8(0)..<50 {
            let client = try client(of: guarded.endpoint, key, server: guarded.key.publicKey)
            #expect(client.send([Data([count])]))
            let request = try guarded.run(admits: { _ in true }, "a request") { guarded.router.receive() }
            #expect(request.last == Data([count]))
        }
        #expect(guarded.monitor.next() == nil)
    }

    @Test("A context has one authenticator")
    func oneAuthenticator() throws {
        let guarded = try Guarded()
        #expect(throws: ZeroMQError.self) { try CurveAuthenticator(in: guarded.context) }
    }
}
