import Curl
import StubGateway
import Testing

@Suite("Answers that are read while they come")
struct HTTPExchangeTests {
    private func collect(_ exchange: HTTPExchange) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await exchange.next() { bytes += piece }
        return bytes
    }

    @Test("head and body come through, short and long")
    func answers() async throws {
        let stub = try StubGateway { request in
            StubAnswer(201, headers: [("X-A", "1"), ("X-A", "2")], body: request.body.reversed())
        }
        let client = HTTPClient()
        for length in [0, 1, 100_000, 1_500_000] {
            let body = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let exchange = try client.start(HTTPRequest("POST", stub.url + "/", body: body))
            let head = try await exchange.head()
            #expect(head.status == 201)
            #expect(head.reason == "Stub")
            #expect(head.headers.filter { $0.name == "X-A" }.map(\.value) == ["1", "2"])
            #expect(try await collect(exchange) == body.reversed())
        }
        #expect(Set(stub.requests.map(\.connection)).count == 1)
    }

    @Test("a reader that is slow makes the server wait, and gets all")
    func slowReader() async throws {
        let body = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 / 1_000) }
        let stub = try StubGateway { _ in StubAnswer(200, body: body) }
        let exchange = try HTTPClient().start(HTTPRequest("GET", stub.url + "/"))
        _ = try await exchange.head()
        var got: [UInt8] = []
        var largest = 0
        while let piece = try await exchange.next() {
            largest = max(largest, piece.count)
            got += piece
            if got.count < 1_000_000 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(got == body)
        // What is held is bounded, whatever has come.
        #expect(largest < 1_000_000)
    }

    @Test("a body is sent while it comes, of known length")
    func upload() async throws {
        let stub = try StubGateway { request in StubAnswer(200, body: request.body) }
        let body = (0..<1_200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let upload = HTTPUpload(length: body.count)
        let exchange = try HTTPClient().start(HTTPRequest("PUT", stub.url + "/"), upload: upload)
        for start in stride(from: 0, to: body.count, by: 50_000) {
            await upload.write(body[start..<min(start + 50_000, body.count)])
        }
        upload.finish()
        #expect(try await exchange.head().status == 200)
        #expect(try await collect(exchange) == body)
    }

    @Test("a writer whose call is over is not kept waiting")
    func abandoned() async throws {
        let stub = try StubGateway { _ in .silence }
        let upload = HTTPUpload(length: nil)
        let exchange = try HTTPClient().start(HTTPRequest("POST", stub.url + "/"), upload: upload)
        let writing = Task { for _ in 0..<100 { await upload.write([UInt8](repeating: 1, count: 200_000)) } }
        exchange.cancel()
        await writing.value
        await #expect(throws: CancellationError.self) { _ = try await exchange.head() }
    }

    @Test("a server that hangs up, or is not there, is a failure; who cancels is told so")
    func failures() async throws {
        let stub = try StubGateway { request in request.path == "/silent" ? .silence : .hangUp() }
        let client = HTTPClient()
        let lost = try client.start(HTTPRequest("POST", stub.url + "/", body: [1]))
        let broken = await #expect(throws: HTTPFailure.self) { _ = try await lost.head() }
        #expect(broken?.kind == .connectionLost)
        let silent = try client.start(HTTPRequest("POST", stub.url + "/silent", body: [1]))
        let waiting = Task { try await silent.head() }
        #expect(await stub.wait { $0.requests.contains { $0.path == "/silent" } })
        silent.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        #expect(await stub.wait { $0.openConnections == 0 })
        stub.stop()
        let away = try client.start(HTTPRequest("GET", stub.url + "/"))
        let absent = await #expect(throws: HTTPFailure.self) { _ = try await away.head() }
        #expect(absent?.kind == .notConnected)
    }
}
