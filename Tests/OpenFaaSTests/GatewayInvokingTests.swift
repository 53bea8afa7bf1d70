import Farm
import OpenFaaS
import StubGateway
import Testing

@Suite("Calling functions")
struct GatewayInvokingTests {
    @Test("the call goes out as it is, without the gateway's login")
    func requestIsUntouched() async throws {
        let stub = try StubGateway { request in StubAnswer(200, body: request.body) }
        let bytes = (0...255).map { UInt8($0) }
        let answer = try await stub.client().invoke(
            "worker",
            TaskCall(
                headers: [("X-Task-Id", "t1"), ("Content-Type", "image/png")], query: "id=7&x=%C3%A9", body: bytes,
                id: "my-id"))
        #expect(answer.body == bytes)
        let request = try #require(stub.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/function/worker?id=7&x=%C3%A9")
        #expect(request["X-Task-Id"] == "t1")
        #expect(request["Content-Type"] == "image/png")
        #expect(request["X-Call-Id"] == "my-id")
        #expect(request["Authorization"] == nil)
    }

    @Test("faas#714: no slash is doubled in a function's address")
    func report47_path() async throws {
        let stub = try StubGateway { _ in StubAnswer(200) }
        _ = try await stub.client(path: "/").invoke("worker", TaskCall())
        #expect(stub.requests.map(\.target) == ["/function/worker"])
    }

    @Test("what would leave the call another one than meant is refused")
    func refused() async throws {
        let stub = try StubGateway { _ in StubAnswer(200) }
        let client = try stub.client()
        let calls = [
            TaskCall(headers: [("Content-Length", "3")]), TaskCall(headers: [("X-A", "1\r\nX-B: 2")]),
            TaskCall(id: "a\nb"),
        ]
        for call in calls {
            #expect(try await gatewayError { _ = try await client.invoke("worker", call) }.kind == .invalidRequest)
        }
        #expect(stub.requests.isEmpty)
    }

    @Test("faas#1624: the id that was sent is kept; without one the gateway's is taken")
    func report39_callID() async throws {
        let stub = try StubGateway { request in
            StubAnswer(200, headers: request["X-Call-Id"] == nil ? [("X-Call-Id", "made-by-gateway")] : [])
        }
        let client = try stub.client()
        #expect(try await client.invoke("worker", TaskCall(id: "mine")).callID == "mine")
        #expect(try await client.invoke("worker", TaskCall()).callID == "made-by-gateway")
    }

    @Test(
        "nats-queue-worker#77: a duration that is missing or text is not 0",
        arguments: [
            (nil, nil), ("0.022479", 0.022479), ("abc", nil), ("", nil), ("-1", nil), ("nan", nil), ("inf", nil),
        ])
    func report37_duration(_ text: String?, _ seconds: Double?) async throws {
        let stub = try StubGateway { _ in StubAnswer(200, headers: text.map { [("X-Duration-Seconds", $0)] } ?? []) }
        #expect(try await stub.client().invoke("worker", TaskCall()).durationSeconds == seconds)
    }

    @Test(
        "an answer is given whatever its status, with its time by our clock",
        arguments: [200, 201, 204, 400, 401, 404, 429, 500, 504])
    func anyStatus(_ status: Int) async throws {
        let stub = try StubGateway { _ in
            StubAnswer(status, headers: [("X-Openfaas-Internal", "proxy")], delay: .milliseconds(50))
        }
        let answer = try await stub.client().invoke("worker", TaskCall())
        #expect(answer.status == status)
        #expect(answer.internalSource == "proxy")
        #expect(answer.seconds >= 0.05)
    }

    @Test("faas#94: a call that takes longer than the client's limit is a time-out that names the limit")
    func report51_clientLimit() async throws {
        let stub = try StubGateway { _ in StubAnswer(200, delay: .seconds(30)) }
        let client = try stub.client()
        let call = TaskCall(timeout: .milliseconds(300))
        let error = try await gatewayError { _ = try await client.invoke("worker", call) }
        #expect(error.kind == .timedOut)
        #expect(error.message.contains("client's limit of 0.3 s"))
        guard case .retry(let reason) = AttemptOutcome.classify(.failure(error)) else {
            Issue.record("a time-out is tried again")
            return
        }
        #expect(reason.hasPrefix("timeout"))
    }

    @Test("faas#94: a gateway whose write_timeout is shorter than the work gives no answer; the call is not sent again")
    func report51_gatewayWriteTimeout() async throws {
        let stub = try StubGateway { request in
            request.text == "slow" ? .hangUp(after: .milliseconds(100)) : StubAnswer(200)
        }
        let client = try stub.client()
        _ = try await client.invoke("worker", TaskCall(body: Array("quick".utf8)))
        let error = try await gatewayError {
            _ = try await client.invoke("worker", TaskCall(body: Array("slow".utf8)))
        }
        #expect(error.kind == .connectionLost)
        #expect(error.message.contains("write_timeout"))
        #expect(stub.requests.count == 2)
    }

    @Test("curl#4949: a body of 1.5 MiB goes out at once", .timeLimit(.minutes(1)))
    func report58_largeBody() async throws {
        let stub = try StubGateway { request in request["Expect"] == nil ? StubAnswer(200) : StubAnswer(417) }
        let client = try stub.client()
        let body = [UInt8](repeating: 65, count: 3 << 19)
        let answers = [
            try await client.invoke("worker", TaskCall(body: body)),
            try await client.invoke("worker", TaskCall(body: body)),
        ]
        #expect(answers.map(\.status) == [200, 200])
    }

    @Test("2,000 calls are under way at the same time")
    func thousandsOfCalls() async throws {
        Sockets.raiseOpenFileLimit()
        let stub = try StubGateway { request in StubAnswer(200, body: request.body, delay: .seconds(1)) }
        let client = try stub.client()
        let start = ContinuousClock.now
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<2_000 {
                group.addTask {
                    let body = Array("task \(index)".utf8)
                    return try await client.invoke("worker", TaskCall(body: body, timeout: .seconds(60))).body
                        == body
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 2_000)
        #expect(ContinuousClock.now - start < .seconds(40))
    }
}
