import Farm
import OpenFaaS
import StubGateway
import Testing

@Suite("Queueing calls")
struct GatewayQueueingTests {
    @Test("faas#369, nats-queue-worker#6: query, headers and body are the same as of a direct call")
    func report36_queryAndHeaders() async throws {
        let stub = try StubGateway { request in StubAnswer(request.path.hasPrefix("/async-function/") ? 202 : 200) }
        let client = try stub.client(namespace: "dev")
        let call = TaskCall(
            headers: [("X-Own", "é")], query: "id=7&x=%C3%A9", body: [0, 255, 10], id: "c")
        _ = try await client.invoke("worker", call)
        let queued = try await client.enqueue("worker", call, callback: "http://h:1/cb", bodyLimit: 100)
        #expect(queued.status == 202 && queued.callID == "c")
        let (direct, later) = (try #require(stub.requests.first), try #require(stub.requests.last))
        #expect(direct.target == "/function/worker.dev?id=7&x=%C3%A9")
        #expect(later.target == "/async-function/worker.dev?id=7&x=%C3%A9")
        #expect(direct.body == later.body)
        #expect(direct["X-Own"] == later["X-Own"])
        #expect(direct["X-Call-Id"] == later["X-Call-Id"])
        #expect(later["X-Callback-Url"] == "http://h:1/cb")
        #expect(later["Authorization"] == nil)
    }

    @Test(
        "faas-netes#392: a body over the limit is not sent; the error names limit and size", arguments: [99, 100, 101])
    func report35_bodyLimit(size: Int) async throws {
        let stub = try StubGateway { _ in StubAnswer(202) }
        let client = try stub.client()
        let call = TaskCall(body: [UInt8](repeating: 1, count: size))
        guard size > 100 else {
            let answer = try await client.enqueue("worker", call, callback: "http://h/", bodyLimit: 100)
            #expect(answer.status == 202)
            return
        }
        let error = try await gatewayError {
            _ = try await client.enqueue("worker", call, callback: "http://h/", bodyLimit: 100)
        }
        #expect(error.kind == .bodyTooLong && !error.isRetryable)
        #expect(error.message.contains("101 bytes") && error.message.contains("100 at most"))
        #expect(stub.requests.isEmpty)
    }

    @Test("any status comes back as it is: 404 of a gateway without a queue, 500 of one whose queue is away")
    func statuses() async throws {
        for status in [404, 500, 429] {
            let stub = try StubGateway { _ in StubAnswer(status) }
            let answer = try await stub.client().enqueue("w", TaskCall(), callback: "http://h/", bodyLimit: 10)
            #expect(answer.status == status)
        }
    }
}
