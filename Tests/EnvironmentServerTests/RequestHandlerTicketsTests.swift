import EnvironmentProtocol
import Foundation
import Gymnasium
import TestSupport
import Testing

/// Steps in two halves, over an environment whose steps take their time.
struct RequestHandlerTicketsTests {
    private func send(_ client: TestClient, _ action: Int64 = 1) async throws -> WireReply {
        try await client.ask(client.next { $0.send.action.integer = action })
    }

    private func receive(_ client: TestClient, _ ticket: UInt64) async throws -> WireReply {
        try await client.ask(client.next { $0.recv.ticket = ticket })
    }

    /// Calls `body` with a session that is made, and reset unless told otherwise.
    private func session(
        _ arguments: [String: Value] = [:], isReset: Bool = true, _ body: (TestServer, TestClient) async throws -> Void
    ) async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(arguments)
            if isReset { _ = try await client.reset() }
            try await body(setup, client)
        }
    }

    @Test("A send is answered while its step runs, its recv at the step's end")
    func halves() async throws {
        try await session(["delay": 0.2]) { setup, client in
            #expect(try await send(client).send.ticket == 1)
            #expect(setup.log.now.steps == 0)
            #expect(try await receive(client, 1).recv.reward == 0.5)
            #expect(setup.log.now.steps == 1)
            #expect(try await send(client).send.ticket == 2)
            try await eventually("the second step has ended") { setup.log.now.steps == 2 }
            #expect(try await receive(client, 2).recv.reward == 0.5)
        }
    }

    @Test("While a ticket is open no other step begins, and the id of the refused one stays unused")
    func oneAtATime() async throws {
        try await session { setup, client in
            _ = try await send(client)
            try await eventually("the step has ended") { setup.log.now.steps == 1 }
            for _ in 0..<2 {
                let refused = try await send(client).error
                // While the job is on its way back, the step still counts as running.
                #expect(refused.reason == .sessionBusy)
                client.requestID -= 1
            }
            #expect(try await receive(client, 1).recv.reward == 0.5)
            #expect(try await client.step().step.reward == 0.5)
            #expect(setup.log.now.steps == 2)
        }
    }

    @Test("Asked for a ticket that is not open, the server says which one is")
    func unknownTickets() async throws {
        try await session { _, client in
            #expect(try await receive(client, 1).error.field == "ticket")
            _ = try await send(client)
            let error = try await receive(client, 7).error
            #expect(error.reason == .badArgument && error.message.contains("the open one is 1"))
            #expect(try await receive(client, 1).recv.reward == 0.5)
            #expect(try await receive(client, 1).error.reason == .badArgument)
        }
    }

    @Test("A lost reply to a send or a recv is sent again, and nothing is stepped twice")
    func lostReplies() async throws {
        try await session { setup, client in
            for ticket in 1...3 {
                let send = client.next { $0.send.action.integer = 1 }
                let receive = { client.next { $0.recv.ticket = UInt64(ticket) } }
                let sent = (try await client.ask(send), try await client.ask(send))
                #expect(sent.0 == sent.1 && sent.0.send.ticket == UInt64(ticket))
                let request = receive()
                let received = (try await client.ask(request), try await client.ask(request))
                #expect(received.0 == received.1 && received.0.recv.reward == 0.5)
                #expect(setup.log.now.steps == ticket)
            }
        }
    }

    @Test("A reset drops a result that nobody received")
    func reset() async throws {
        try await session { setup, client in
            _ = try await send(client)
            try await eventually("the step has ended") { setup.log.now.steps == 1 }
            // Refused while the job is on its way back.
            var reset = try await client.reset()
            while reset.error.reason == .sessionBusy {
                client.requestID -= 1
                reset = try await client.reset()
            }
            #expect(try await receive(client, 1).error.reason == .badArgument)
            #expect(try await send(client).send.ticket == 2)
        }
    }

    @Test("What the step was refused for comes with the recv")
    func refused() async throws {
        try await session(isReset: false) { setup, client in
            #expect(try await send(client).error.reason == .resetNeeded)
            _ = try await client.reset()
            #expect(try await send(client, 9).send.ticket == 1)
            #expect(try await receive(client, 1).error.reason == .actionOutOfSpace)
            #expect(setup.log.now.steps == 0)
        }
    }

    @Test("A recv whose step a close cuts short is told that the session has ended, as a step is")
    func cutShort() async throws {
        try await session(["delay": 60.0]) { setup, client in
            _ = try await send(client)
            try await eventually("the step runs") { setup.log.now.begunSteps == 1 }
            try client.send(client.next { $0.recv.ticket = 1 })
            try client.send(client.next { $0.close = .init() })
            #expect(try await client.reply().error.reason == .sessionExpired)
            #expect(try await client.reply().close.steps == 0)
        }
    }
}
