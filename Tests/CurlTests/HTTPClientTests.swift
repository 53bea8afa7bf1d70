import Curl
import StubGateway
import Testing

@Suite("Calls and answers")
struct HTTPClientTests {
    @Test("status, repeated headers and all byte values come through unchanged")
    func answersComeThrough() async throws {
        let stub = try StubGateway { request in
            StubAnswer(299, headers: [("X-A", "1"), ("x-a", "2"), ("X-Empty", "")], body: request.body.reversed())
        }
        let bytes = (0...255).map { UInt8($0) } + [0xC3, 0x28, 0x00]
        let response = try await HTTPClient().send(
            HTTPRequest("POST", stub.url + "/p?q=%C3%A9", headers: [("X-Sent", "v"), ("X-None", "")], body: bytes))
        #expect(response.status == 299)
        #expect(response.body == bytes.reversed())
        #expect(response.headers.filter { $0.name.lowercased() == "x-a" }.map(\.value) == ["1", "2"])
        #expect(response["X-EMPTY"] == "")
        let request = try #require(stub.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/p?q=%C3%A9")
        #expect(request.body == bytes)
        #expect(request["x-sent"] == "v")
        #expect(request["x-none"] == "")
        #expect(request["content-type"] == nil)
    }

    @Test(
        "every method goes out as it is called",
        arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func methods(_ method: String) async throws {
        let stub = try StubGateway { _ in .text("hello") }
        let response = try await HTTPClient().send(HTTPRequest(method, stub.url + "/"))
        #expect(response.status == 200)
        #expect(response.text == (method == "HEAD" ? "" : "hello"))
        #expect(stub.requests.map(\.method) == [method])
    }

    @Test("calls one after the other go over one connection")
    func connectionsAreKept() async throws {
        let stub = try StubGateway { _ in .text("ok") }
        let client = HTTPClient()
        for _ in 1...30 { _ = try await client.send(HTTPRequest("POST", stub.url + "/", body: [1])) }
        #expect(stub.requests.count == 30)
        #expect(Set(stub.requests.map(\.connection)).count == 1)
    }

    @Test("a connection that the server ends after its answer is replaced")
    func closedConnectionsAreReplaced() async throws {
        let stub = try StubGateway { _ in StubAnswer(200, ending: .close) }
        let client = HTTPClient()
        for _ in 1...3 { #expect(try await client.send(HTTPRequest("POST", stub.url + "/", body: [1])).status == 200) }
        #expect(Set(stub.requests.map(\.connection)).count == 3)
    }

    @Test("2,000 calls wait at the same time")
    func thousandsInFlight() async throws {
        Sockets.raiseOpenFileLimit()
        let count = 2_000
        let stub = try StubGateway { request in
            StubAnswer(200, body: request.body, delay: .seconds(2))
        }
        let client = HTTPClient()
        let start = ContinuousClock.now
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for index in 0..<count {
                group.addTask {
                    let request = HTTPRequest(
                        "POST", stub.url + "/", body: Array(String(index).utf8), timeout: .seconds(60),
                        connectTimeout: .seconds(60))
                    return (index, try await client.send(request).body)
                }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        // In turn they would take more than an hour.
        #expect(ContinuousClock.now - start < .seconds(40))
        #expect(answers.count == count)
        #expect(answers.allSatisfy { $0.value == Array(String($0.key).utf8) })
        #expect(stub.requests.count == count)
    }

    @Test("redirects are answers, not followed")
    func redirectsAreNotFollowed() async throws {
        let stub = try StubGateway { _ in StubAnswer(302, headers: [("Location", "/elsewhere")]) }
        let response = try await HTTPClient().send(
            HTTPRequest("GET", stub.url + "/", headers: [("Authorization", "Basic x")]))
        #expect(response.status == 302)
        #expect(stub.requests.count == 1)
    }

    @Test(
        "curl#4949, #11678: no Expect header, so no pause and no 417 for larger bodies",
        arguments: [1_000, 1_500_000])
    func report58_noExpectHeader(_ size: Int) async throws {
        let stub = try StubGateway { request in request["Expect"] == nil ? .text("ok") : StubAnswer(417) }
        let client = HTTPClient()
        let body = [UInt8](repeating: 7, count: size)
        _ = try await client.send(HTTPRequest("POST", stub.url + "/", body: [1]))
        let start = ContinuousClock.now
        for _ in 1...5 { #expect(try await client.send(HTTPRequest("POST", stub.url + "/", body: body)).status == 200) }
        // A pause would be a second for each call.
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(stub.requests.allSatisfy { $0["expect"] == nil })
        #expect(stub.requests.last?.body == body)
    }

    @Test("faasd#113: localhost is reached on IPv4 only")
    func report60_onlyIPv4() async throws {
        let stub = try StubGateway(.v4) { _ in .text("ok") }
        try await isReached(stub)
    }

    @Test("faasd#113: localhost is reached on IPv6 only")
    func report60_onlyIPv6() async throws {
        // Somebody else's server may have the port's number on IPv4; then another port is taken.
        for _ in 1...20 {
            let stub = try StubGateway(.v6) { _ in .text("ok") }
            guard let nobody = try? Sockets.reserve(port: stub.port) else { continue }
            defer { Sockets.closeSocket(nobody.descriptor) }
            return try await isReached(stub)
        }
        Issue.record("no port is free on both families")
    }

    private func isReached(_ stub: StubGateway) async throws {
        let client = HTTPClient()
        for url in [stub.url, "http://localhost:\(stub.port)"] {
            #expect(try await client.send(HTTPRequest("GET", url + "/")).status == 200)
        }
    }
}
