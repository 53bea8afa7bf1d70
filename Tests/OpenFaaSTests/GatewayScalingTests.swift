import Foundation
import OpenFaaS
import StubGateway
import Synchronization
import Testing

@Suite("Scaling")
struct GatewayScalingTests {
    private struct Scaling: Decodable {
        let serviceName: String
        let replicas: Int
        let namespace: String?
    }

    private static func status(_ replicas: Int) -> StubAnswer {
        .json(#"{"name":"worker","image":"i"\#(replicas > 0 ? #","replicas":\#(replicas)"# : "")}"#)
    }

    /// A gateway that keeps the number, cut by `limit`, after `read` has found name and number in the request.
    private func gateway(
        limit: @escaping @Sendable (Int) -> Int,
        read: @escaping @Sendable (StubRequest) -> (name: String, replicas: Int)?
    ) throws -> StubGateway {
        let replicas = SharedCount(1)
        return try StubGateway { request in
            guard request.method == "POST" else { return Self.status(replicas.value) }
            guard let asked = read(request), asked.name == "worker" else {
                return .text("service not found", status: 404)
            }
            replicas.value = limit(asked.replicas)
            return StubAnswer(202)
        }
    }

    @Test(
        "faas#1713, faasd#269: a gateway that reads the path's name and one that needs serviceName both scale",
        arguments: [true, false])
    func report20_nameInPathAndBody(_ readsPath: Bool) async throws {
        let stub = try gateway(limit: { $0 }) { request in
            guard let body = try? JSONDecoder().decode(Scaling.self, from: Data(request.body)) else { return nil }
            return (readsPath ? String(request.path.split(separator: "/").last ?? "") : body.serviceName, body.replicas)
        }
        let client = try stub.client()
        #expect(try await client.scaleAndReadBack("worker", to: 4)?.replicas == 4)
        #expect(stub.requests.first?.text == #"{"replicas":4,"serviceName":"worker"}"#)
    }

    @Test(
        "faas-netes replica_updater.go: what the gateway made of the number is read back",
        arguments: [(0, 1), (3, 3), (8, 5)])
    func report21_clampedNumberIsReadBack(_ asked: Int, _ made: Int) async throws {
        let stub = try gateway(limit: { min(max($0, 1), 5) }) { request in
            (try? JSONDecoder().decode(Scaling.self, from: Data(request.body))).map { ($0.serviceName, $0.replicas) }
        }
        #expect(try await stub.client().scaleAndReadBack("worker", to: asked)?.replicas == made)
        #expect(stub.requests.map(\.method) == ["POST", "GET"])
    }

    @Test("faas-netes replica_updater.go: 400 is not tried again")
    func report21_badRequestIsNotRetried() async throws {
        let stub = try StubGateway { _ in .text("replicas cannot be 0 in CE", status: 400) }
        let client = try stub.client(namespace: "other")
        let error = try await gatewayError { _ = try await client.scaleAndReadBack("worker", to: 0) }
        #expect(error.kind == .refused(status: 400))
        #expect(!error.isRetryable)
        #expect(error.message.contains("replicas cannot be 0 in CE"))
        #expect(stub.requests.count == 1)
    }

    @Test("faas-netes replica_updater.go: 500 for a function that is not there is explained by asking for it")
    func report21_missingFunction() async throws {
        let stub = try StubGateway { request in
            request.method == "POST" ? .text("unable to look up the function worker", status: 500) : StubAnswer(404)
        }
        let client = try stub.client()
        let error = try await gatewayError { try await client.scale("worker", to: 2) }
        #expect(error.kind == .notFound)
        #expect(error.message.contains(#"has no function "worker""#))
        #expect(error.message.contains("unable to look up"))
        #expect(stub.requests.map(\.method) == ["POST", "GET"])
    }

    @Test("500 for a function that is there stays a 500, and so when asking fails too", arguments: [200, 500, 502])
    func otherServerErrors(_ status: Int) async throws {
        let stub = try StubGateway { request in
            if request.method == "POST" { return .text("no quota", status: 500) }
            return status == 200 ? Self.status(1) : StubAnswer(status)
        }
        let client = try stub.client()
        let error = try await gatewayError { try await client.scale("worker", to: 2) }
        #expect(error.kind == .refused(status: 500))
        #expect(error.isRetryable)
    }

    @Test("faas#405: a function that is gone from the list for a while is nil, not an error")
    func report18_missingWhileScaling() async throws {
        let stub = try StubGateway { request in request.method == "POST" ? StubAnswer(202) : StubAnswer(404) }
        let client = try stub.client()
        #expect(try await client.function("worker") == nil)
        let error = try await gatewayError { _ = try await client.scaleAndReadBack("worker", to: 2) }
        #expect(error.kind == .notFound)
        #expect(error.message.contains(stub.url))
    }

    @Test("a negative number is refused before anything is sent")
    func negative() async throws {
        let stub = try StubGateway { _ in StubAnswer(202) }
        let client = try stub.client()
        #expect(try await gatewayError { try await client.scale("worker", to: -1) }.kind == .invalidRequest)
        #expect(stub.requests.isEmpty)
    }
}

/// A number that a stub's handler and a test share.
private final class SharedCount: Sendable {
    private let count: Mutex<Int>

    init(_ count: Int) { self.count = Mutex(count) }

    var value: Int {
        get { count.withLock { $0 } }
        set { count.withLock { $0 = newValue } }
    }
}
