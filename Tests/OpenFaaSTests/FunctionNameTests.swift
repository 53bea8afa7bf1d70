import Farm
import OpenFaaS
import StubGateway
import Testing

@Suite("Names")
struct FunctionNameTests {
    static let good = ["function1", "1function", "a", "my-func", String(repeating: "a", count: 63)]
    static let bad = [
        "", "my_func", "Worker", String(repeating: "a", count: 64), "-x", "x-", "füßchen", "🙂", "a b", "a/b", "..",
        "a.b",
        "a?b", "a%2Fb", "a\n",
    ]

    @Test("faas-netes#69, faas-cli#327: names are DNS labels")
    func report53_namesAreDNSLabels() throws {
        for name in Self.good { #expect(FunctionName.isValid(name), "\(name)") }
        for name in Self.bad {
            let error = try #require(#expect(throws: GatewayError.self) { try FunctionName.check(name) })
            #expect(error.kind == .invalidName)
            #expect(error.message.contains("a–z"))
        }
    }

    @Test("faas-netes#69: a bad name is refused before anything is sent")
    func report53_nothingIsSent() async throws {
        let stub = try StubGateway { _ in .json("{}") }
        let client = GatewayClient(address: try GatewayAddress(stub.url), credentials: nil)
        let strange = GatewayClient(address: try GatewayAddress(stub.url), credentials: nil, namespace: "a/b")
        let calls: [@Sendable () async throws -> Void] =
            Self.bad.flatMap { name -> [@Sendable () async throws -> Void] in
                [
                    { _ = try await client.function(name) }, { try await client.scale(name, to: 1) },
                    { try await client.delete(name) }, { _ = try await client.invoke(name, TaskCall()) },
                    { try await client.deploy(FunctionDeployment(service: name, image: "x"), update: false) },
                ]
            } + [
                { _ = try await strange.functions() }, { _ = try await strange.function("good") },
                { _ = try await strange.invoke("good", TaskCall()) },
            ]
        for call in calls {
            let error = await #expect(throws: GatewayError.self) { try await call() }
            #expect(error?.kind == .invalidName)
        }
        #expect(stub.requests.isEmpty)
    }
}
