import Curl
import StubGateway
import Testing

@Suite("Calls without an answer")
struct HTTPFailureTests {
    private func failure(of request: HTTPRequest, from client: HTTPClient = HTTPClient()) async throws -> HTTPFailure {
        let error = await #expect(throws: HTTPFailure.self) { _ = try await client.send(request) }
        return try #require(error)
    }

    @Test("a server that never answers: timedOut, when the limit passes")
    func silence() async throws {
        let stub = try StubGateway { _ in .silence }
        let start = ContinuousClock.now
        let failure = try await failure(of: HTTPRequest("GET", stub.url + "/slow", timeout: .milliseconds(200)))
        #expect(failure.kind == .timedOut)
        #expect(failure.description.contains("GET \(stub.url)/slow"))
        #expect(ContinuousClock.now - start >= .milliseconds(190))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("a port where nobody listens: notConnected")
    func refusedConnection() async throws {
        let nobody = try Sockets.reserve()
        defer { Sockets.closeSocket(nobody.descriptor) }
        let failure = try await failure(of: HTTPRequest("POST", "http://127.0.0.1:\(nobody.port)/", body: [1]))
        #expect(failure.kind == .notConnected)
    }

    @Test("a connection that never comes about: notConnected, since nothing was sent")
    func connectTimeout() async throws {
        // A listener whose queue is full does not take another connection.
        let listener = try Sockets.listen(backlog: 0)
        let fillers = try (1...8).map { _ in try Sockets.connect(toPort: listener.port) }
        defer { (fillers + [listener.descriptor]).forEach(Sockets.closeSocket) }
        let failure = try await failure(
            of: HTTPRequest("POST", "http://127.0.0.1:\(listener.port)/", body: [1], connectTimeout: .milliseconds(200))
        )
        #expect(failure.kind == .notConnected)
        #expect(failure.description.contains("no connection within"))
    }

    @Test(
        "a connection that ends without an answer: connectionLost, and the call is not sent again", arguments: [0, 1])
    func lostConnection(callsBefore: Int) async throws {
        let stub = try StubGateway { request in request.target == "/lost" ? .hangUp() : .text("ok") }
        let client = HTTPClient()
        for _ in 0..<callsBefore { _ = try await client.send(HTTPRequest("POST", stub.url + "/good", body: [1])) }
        for body in [[1], []] as [[UInt8]] {
            let failure = try await failure(of: HTTPRequest("POST", stub.url + "/lost", body: body), from: client)
            #expect(failure.kind == .connectionLost)
            _ = try await client.send(HTTPRequest("POST", stub.url + "/good"))
        }
        #expect(stub.requests.filter { $0.target == "/lost" }.count == 2)
    }

    @Test("an answer longer than allowed: tooLarge")
    func tooLarge() async throws {
        let stub = try StubGateway { _ in StubAnswer(200, body: [UInt8](repeating: 0, count: 1_001)) }
        let failure = try await failure(of: HTTPRequest("GET", stub.url + "/", maxResponseBytes: 1_000))
        #expect(failure.kind == .tooLarge)
        #expect(failure.description.contains("1000 bytes"))
    }

    @Test("what cannot be sent as meant: invalidRequest, and nothing is sent")
    func invalidRequests() async throws {
        let stub = try StubGateway { _ in .text("ok") }
        let requests = [
            HTTPRequest("GET", stub.url + "/", headers: [("X-A", "1\r\nX-B: 2")]),
            HTTPRequest("GET", stub.url + "/", headers: [("X A", "1")]),
            HTTPRequest("GET", stub.url + "/", headers: [("", "1")]),
            HTTPRequest("GET / HTTP/1.1\r\nX-A: 1\r\n", stub.url + "/"),
            HTTPRequest("GET", stub.url + "/a b"),
            HTTPRequest("GET", stub.url + "/\0"),
            HTTPRequest("GET", "file:///etc/hostname"),
        ]
        for request in requests { #expect(try await failure(of: request).kind == .invalidRequest) }
        #expect(stub.requests.isEmpty)
    }
}
