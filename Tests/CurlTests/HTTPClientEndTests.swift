import Curl
import StubGateway
import Testing

@Suite("Cancelling and shutting down")
struct HTTPClientEndTests {
    @Test("cancelling ends calls at once and closes their connections")
    func cancellation() async throws {
        let stub = try StubGateway { _ in .silence }
        let client = HTTPClient()
        let calls = (1...50).map { _ in Task { try await client.send(HTTPRequest("POST", stub.url + "/", body: [1])) } }
        #expect(await stub.wait { $0.requests.count == 50 })
        for call in calls { call.cancel() }
        for call in calls {
            await #expect(throws: CancellationError.self) { _ = try await call.value }
        }
        #expect(await stub.wait { $0.openConnections == 0 })
    }

    @Test("a task that was cancelled before sends nothing")
    func cancelledBefore() async throws {
        let stub = try StubGateway { _ in .text("ok") }
        let client = HTTPClient()
        for _ in 1...50 {
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.send(HTTPRequest("POST", stub.url + "/cancelled", body: [1]))
            }
            await #expect(throws: CancellationError.self) { _ = try await call.value }
        }
        _ = try await client.send(HTTPRequest("POST", stub.url + "/good"))
        #expect(stub.requests.map(\.target) == ["/good"])
    }

    @Test("cancelling some leaves the others alone")
    func cancellingSome() async throws {
        let stub = try StubGateway { request in .text("ok", delay: .milliseconds(300)) }
        let client = HTTPClient()
        let calls = (0..<100).map { _ in Task { try await client.send(HTTPRequest("POST", stub.url + "/", body: [1])) }
        }
        #expect(await stub.wait { $0.requests.count > 0 })
        for (index, call) in calls.enumerated() where index % 2 == 0 { call.cancel() }
        for (index, call) in calls.enumerated() where index % 2 == 1 { #expect(try await call.value.status == 200) }
    }

    @Test("shutting down fails the calls under way and all later ones")
    func shutDown() async throws {
        let stub = try StubGateway { _ in .silence }
        let client = HTTPClient()
        let calls = (1...20).map { _ in Task { try await client.send(HTTPRequest("GET", stub.url + "/")) } }
        #expect(await stub.wait { $0.requests.count == 20 })
        client.shutDown()
        client.shutDown()
        for call in calls {
            let failure = await #expect(throws: HTTPFailure.self) { _ = try await call.value }
            #expect(failure?.kind == .shutDown)
        }
        let failure = await #expect(throws: HTTPFailure.self) {
            _ = try await client.send(HTTPRequest("GET", stub.url + "/"))
        }
        #expect(failure?.kind == .shutDown)
        #expect(await stub.wait { $0.openConnections == 0 })
    }

    @Test("calls, cancelling and shutting down at the same time: every call ends")
    func shutDownUnderLoad() async throws {
        let stub = try StubGateway { _ in .text("ok") }
        for _ in 1...20 {
            let client = HTTPClient()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let call = Task { try await client.send(HTTPRequest("GET", stub.url + "/")) }
                        if index % 3 == 0 { call.cancel() }
                        if index == 20 { client.shutDown() }
                        _ = await call.result
                    }
                }
            }
        }
    }
}
