import Farm
import OpenFaaS
import StubGateway
import Testing

@Suite("System calls")
struct GatewayClientTests {
    private static let worker =
        #"{"name":"worker","image":"i","namespace":"dev","labels":null,"replicas":3,"availableReplicas":2}"#

    @Test("method, path, login and body of each call")
    func requests() async throws {
        let stub = try StubGateway { request in
            switch (request.method, request.path) {
            case ("GET", "/system/functions"): .json("[\(Self.worker)]")
            case ("GET", "/system/info"):
                .json(#"{"provider":{"provider":"faasd","version":{"release":"0.19.0"}},"arch":""}"#)
            case ("GET", "/healthz"): StubAnswer(200)
            case ("GET", _): .json(Self.worker)
            default: StubAnswer(202)
            }
        }
        let client = try stub.client()
        try await client.health()
        let info = try await client.info()
        #expect(info.provider?.provider == "faasd")
        #expect(info.provider?.version?.release == "0.19.0")
        #expect(try await client.functions().map(\.name) == ["worker"])
        let status = try #require(try await client.function("worker"))
        #expect(status.replicas == 3)
        #expect(status.availableReplicas == 2)
        let deployment = FunctionDeployment(service: "worker", image: "r/i:1", envVars: ["a": "b"])
        try await client.deploy(deployment, update: false)
        try await client.deploy(deployment, update: true)
        try await client.delete("worker")
        #expect(
            stub.requests.map { "\($0.method) \($0.target) \($0.text)" } == [
                "GET /healthz ", "GET /system/info ", "GET /system/functions ", "GET /system/function/worker ",
                #"POST /system/functions {"envVars":{"a":"b"},"image":"r/i:1","service":"worker"}"#,
                #"PUT /system/functions {"envVars":{"a":"b"},"image":"r/i:1","service":"worker"}"#,
                #"DELETE /system/functions {"functionName":"worker"}"#,
            ])
        // "admin:s3cret"
        #expect(stub.requests.dropFirst().allSatisfy { $0["Authorization"] == "Basic YWRtaW46czNjcmV0" })
        #expect(stub.requests.first?["Authorization"] == nil)
        #expect(stub.requests.last?["Content-Type"] == "application/json")
    }

    @Test("what is zero is left out, and a list may be null")
    func zeroMeansAbsent() async throws {
        let stub = try StubGateway { request in
            request.path == "/system/functions" ? .json("null") : .json(#"{"name":"worker","image":"i"}"#)
        }
        let client = try stub.client()
        let status = try #require(try await client.function("worker"))
        #expect(status.replicas == 0)
        #expect(status.availableReplicas == 0)
        #expect(status.invocationCount == nil)
        #expect(try await client.functions().isEmpty)
    }

    @Test("faas#1565: the namespace goes with every call, and none by default", arguments: [nil, "dev"])
    func report54_namespace(_ namespace: String?) async throws {
        let stub = try StubGateway { request in
            request.path == "/system/functions" && request.method == "GET" ? .json("[]") : .json(Self.worker)
        }
        let client = try stub.client(namespace: namespace)
        _ = try await client.functions()
        _ = try await client.function("worker")
        try await client.scale("worker", to: 2)
        try await client.deploy(FunctionDeployment(service: "worker", image: "i"), update: false)
        try await client.delete("worker")
        _ = try await client.invoke("worker", TaskCall())
        let query = namespace.map { "?namespace=" + $0 } ?? ""
        #expect(
            stub.requests.map(\.target) == [
                "/system/functions" + query, "/system/function/worker" + query, "/system/scale-function/worker" + query,
                "/system/functions" + query, "/system/functions" + query,
                "/function/worker" + (namespace.map { "." + $0 } ?? ""),
            ])
        for request in stub.requests[2...4] {
            #expect(request.text.contains(#""namespace":"dev""#) == (namespace != nil))
        }
    }

    @Test(
        "a body that is no gateway's is a typed error that shows it",
        arguments: ["", "<html>hello</html>", "[]", "{}", #"{"name":1}"#])
    func malformedAnswers(_ body: String) async throws {
        let stub = try StubGateway { _ in .json(body) }
        let client = try stub.client()
        let error = try await gatewayError { _ = try await client.function("worker") }
        #expect(error.kind == .malformedAnswer)
        #expect(error.message.contains("\(stub.url)/system/function/worker"))
        #expect(error.message.contains(body.isEmpty ? "empty" : body))
    }

    @Test("faas#1556: a status call has a total time limit")
    func report13_replicaQueryHasATimeLimit() async throws {
        let stub = try StubGateway { _ in .silence }
        let client = try stub.client(callTimeout: .milliseconds(200))
        let start = ContinuousClock.now
        let error = try await gatewayError { _ = try await client.function("worker") }
        #expect(error.kind == .timedOut)
        #expect(error.isRetryable)
        #expect(error.message.contains("0.2 s"))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(
        "faas-cli#787, faas#714: the base path stays, no slash is doubled",
        arguments: ["", "/", "/solutions", "/solutions/", "//solutions//"])
    func report46_47_basePath(_ path: String) async throws {
        let stub = try StubGateway { request in
            request.path.hasSuffix("/system/functions") ? .json("[]") : .json(Self.worker)
        }
        let client = try stub.client(path: path)
        try await client.health()
        _ = try await client.functions()
        _ = try await client.scaleAndReadBack("worker", to: 1)
        _ = try await client.invoke("worker", TaskCall())
        let base = path.contains("solutions") ? "/solutions" : ""
        #expect(
            stub.requests.map(\.target)
                == [
                    "/healthz", "/system/functions", "/system/scale-function/worker", "/system/function/worker",
                    "/function/worker",
                ]
                .map { base + $0 })
    }
}
