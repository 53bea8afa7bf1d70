import Farm
import OpenFaaS
import StubGateway
import Testing

@Suite("Refusals")
struct GatewayRefusalTests {
    @Test(
        "faas-netes#271: a wrong password is one error that says what to check, and is not tried again",
        arguments: [401, 403])
    func report50_wrongPassword(_ status: Int) async throws {
        let stub = try StubGateway { request in
            StubAnswer(
                status, headers: [("Www-Authenticate", #"Basic realm="Restricted""#)],
                body: Array("invalid credentials \(request["Authorization"] ?? "") s3cret".utf8))
        }
        let client = try stub.client()
        let error = try await gatewayError { _ = try await client.function("worker") }
        #expect(error.kind == .unauthorized)
        #expect(!error.isRetryable)
        #expect(error.message.contains("password file"))
        #expect(error.message.contains("GET \(stub.url)/system/function/worker"))
        #expect(error.message.contains("\(status)"))
        // Even a gateway that shows them does not get them into a log.
        #expect(!error.message.contains("s3cret"))
        #expect(!error.message.contains("YWRtaW46czNjcmV0"))
        #expect(stub.requests.count == 1)
    }

    @Test("a login that is missing is asked for")
    func missingLogin() async throws {
        let stub = try StubGateway { _ in StubAnswer(401) }
        let client = try stub.client(credentials: nil)
        let error = try await gatewayError { _ = try await client.info() }
        #expect(error.message.contains("wants a login"))
        #expect(stub.requests.first?["Authorization"] == nil)
    }

    @Test("the login of the address is used")
    func loginOfTheAddress() async throws {
        let stub = try StubGateway { _ in .json("[]") }
        let address = try GatewayAddress("http://admin:s3cret@127.0.0.1:\(stub.port)")
        _ = try await GatewayClient(address: address, credentials: nil).functions()
        #expect(stub.requests.first?["Authorization"] == "Basic YWRtaW46czNjcmV0")
    }

    @Test("faas-cli#376: a redirect is not followed, so that the login reaches nobody else")
    func report48_redirect() async throws {
        let other = try StubGateway { _ in .json("[]") }
        let stub = try StubGateway { _ in StubAnswer(302, headers: [("Location", other.url + "/system/functions")]) }
        let client = try stub.client()
        let error = try await gatewayError { _ = try await client.functions() }
        #expect(error.kind == .refused(status: 302))
        #expect(error.message.contains(other.url))
        #expect(other.requests.isEmpty)
    }

    @Test(
        "kind and whether it makes sense to try again",
        arguments: [
            (400, GatewayError.Kind.refused(status: 400), false), (404, .notFound, false),
            (405, .refused(status: 405), false),
            (429, .refused(status: 429), true), (500, .refused(status: 500), true), (502, .unavailable, true),
            (503, .unavailable, true), (504, .unavailable, true),
        ])
    func kinds(_ status: Int, _ kind: GatewayError.Kind, _ isRetryable: Bool) async throws {
        let stub = try StubGateway { _ in .text("some text", status: status) }
        let client = try stub.client()
        let error = try await gatewayError {
            try await client.deploy(FunctionDeployment(service: "worker", image: "i"), update: false)
        }
        #expect(error.kind == kind)
        #expect(error.isRetryable == isRetryable)
        #expect(error.message.contains("\(status) \"some text\""))
        #expect(stub.requests.count == 1)
    }

    @Test("a gateway that breaks down while it lists is told from one that is not there")
    func noAnswer() async throws {
        let stub = try StubGateway { _ in .hangUp() }
        let client = try stub.client()
        #expect(try await gatewayError { _ = try await client.functions() }.kind == .connectionLost)

        let nobody = try Sockets.reserve()
        defer { Sockets.closeSocket(nobody.descriptor) }
        let stranger = GatewayClient(address: try GatewayAddress("http://127.0.0.1:\(nobody.port)"), credentials: nil)
        let error = try await gatewayError { _ = try await stranger.functions() }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("check that the gateway runs"))
    }

    @Test("shutting the HTTP client down and cancelling reach the caller as what they are")
    func endings() async throws {
        let stub = try StubGateway { _ in .silence }
        let client = try stub.client()
        let call = Task { try await client.function("worker") }
        #expect(await stub.wait { $0.requests.count == 1 })
        call.cancel()
        await #expect(throws: CancellationError.self) { _ = try await call.value }
    }

    @Test(
        "A list that breaks off is laid to Prometheus; a call that does, to the write_timeout; other requests to neither"
    )
    func brokenOff() async throws {
        let stub = try StubGateway { _ in .hangUp() }
        let client = try stub.client()
        let list = try await gatewayError { _ = try await client.functions() }
        #expect(list.kind == .connectionLost)
        #expect(list.message.contains("Prometheus") && !list.message.contains("write_timeout"))
        let single = try await gatewayError { _ = try await client.function("worker") }
        #expect(!single.message.contains("Prometheus") && !single.message.contains("write_timeout"))
        let call = try await gatewayError { _ = try await client.invoke("worker", TaskCall()) }
        #expect(call.message.contains("write_timeout"))
    }
}
