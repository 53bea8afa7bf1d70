import Farm
import Foundation
import OpenFaaS
import Randomness
import StubGateway
import Synchronization
import TestSupport
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

@Suite("What was found on a gateway, on disk", .serialized, .timeLimit(.minutes(1)))
struct FoundWorkersTests {
    private let gateway = "http://127.0.0.1:8080"

    @Test("A record is kept until it is forgotten, and says nothing of a function that was made anew")
    func records() throws {
        let folder = try TemporaryFolder()
        let records = try FoundWorkers(directory: folder.url.appendingPathComponent("a/b"))
        let lease = try records.lease(gateway: gateway, namespace: nil, names: ["w"])
        #expect(lease.left(of: "w", createdAt: nil) == nil)
        try lease.keep("w", replicas: 3, createdAt: "monday")
        #expect(lease.left(of: "w", createdAt: "monday")?.replicas == 3)
        #expect(lease.left(of: "w", createdAt: nil)?.replicas == 3)
        #expect(lease.left(of: "w", createdAt: "tuesday") == nil)
        #expect(lease.left(of: "v", createdAt: nil) == nil)
        lease.forget("w")
        #expect(lease.left(of: "w", createdAt: "monday") == nil)
    }

    @Test("A broken record counts as none")
    func broken() throws {
        let folder = try TemporaryFolder()
        let lease = try FoundWorkers(directory: folder.url).lease(gateway: gateway, namespace: nil, names: ["w"])
        let name = FoundWorkers.fileName(gateway, nil, "w") + ".json"
        for text in ["", "{", #"{"gateway":"http://127.0.0.1:8080","function":"v","replicas":3,"process":1}"#] {
            try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
            #expect(lease.left(of: "w", createdAt: nil) == nil)
        }
    }

    @Test("Names of files differ where gateway, namespace or function do")
    func names() {
        let names = [
            FoundWorkers.fileName(gateway, nil, "w"), FoundWorkers.fileName(gateway, "n", "w"),
            FoundWorkers.fileName(gateway + "/base", nil, "w"), FoundWorkers.fileName(gateway + "_base", nil, "w"),
            FoundWorkers.fileName(gateway, nil, "w-2"),
        ]
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { !$0.contains("/") && $0.utf8.count < 200 })
    }

    @Test("A function belongs to one farm at a time, and the other is told whose it is")
    func lock() throws {
        let folder = try TemporaryFolder()
        let records = try FoundWorkers(directory: folder.url)
        var first: FoundWorkersLease? = try records.lease(gateway: gateway, namespace: nil, names: ["v", "w"])
        let failure = #expect(throws: FoundWorkers.Failure.self) {
            _ = try records.lease(gateway: gateway, namespace: nil, names: ["w"])
        }
        #expect(failure?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        _ = try records.lease(gateway: gateway, namespace: "other", names: ["w"])
        #expect(first != nil)
        first = nil
        _ = try records.lease(gateway: gateway, namespace: nil, names: ["w"])
        #expect(try folder.files().isEmpty)
    }

    @Test("A folder that cannot be used is named")
    func unusable() throws {
        let failure = #expect(throws: FoundWorkers.Failure.self) {
            _ = try FoundWorkers(directory: URL(fileURLWithPath: "/dev/null/state"))
        }
        #expect(failure?.description.contains("/dev/null/state") == true)
    }

    @Test("keda#5490: a farm after a killed one gives back what was there before the first, and says so")
    func givenBack() async throws {
        let folder = try TemporaryFolder()
        let records = try FoundWorkers(directory: folder.url)
        let replicas = Count(9)
        let stub = try StubGateway { request in
            if request.path.hasPrefix("/system/scale-function/") {
                let body = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
                replicas.value.withLock { $0 = body["replicas"] as? Int ?? -1 }
                return StubAnswer(202)
            }
            let count = replicas.value.withLock { $0 }
            let counts = "\"replicas\":\(count),\"availableReplicas\":\(count)"
            return .json("{\"name\":\"worker\",\"image\":\"i\",\(counts),\"createdAt\":\"monday\"}")
        }
        defer { stub.stop() }
        do {
            let killed = try records.lease(gateway: stub.url, namespace: nil, names: ["worker"])
            try killed.keep("worker", replicas: 3, createdAt: "monday")
        }
        var pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), functions: ["worker"])
        pool.records = records
        let scenario = Scenario(
            name: "test", arrivals: .phases([.init(name: "none", seconds: 60, rate: .constant(0))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 1, max: 9, initial: 2), stepSeconds: 0.1, steps: 60)
        try await withLiveFarm(scenario, over: pool) { farm in
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.notes.contains { $0.contains("worker (9 replicas, 3 before)") })
            #expect(replicas.value.withLock { $0 } == 2)
            #expect(try folder.files().contains { $0.hasSuffix(".json") })
        }
        #expect(replicas.value.withLock { $0 } == 3)
        #expect(try folder.files().isEmpty)
    }

    private final class Count: Sendable {
        let value: Mutex<Int>

        init(_ value: Int) {
            self.value = Mutex(value)
        }
    }
}
