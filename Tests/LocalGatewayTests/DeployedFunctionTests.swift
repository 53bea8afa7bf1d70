import Curl
import Foundation
import LocalGateway
import TestSupport
import Testing

@Suite("Replicas as processes", .serialized)
struct DeployedFunctionTests {
    private func calls(
        _ count: Int, _ gateway: TestGateway, _ name: String, _ body: String
    ) async throws -> [(HTTPResponse, WorkerAnswer?)] {
        try await withThrowingTaskGroup(of: (HTTPResponse, WorkerAnswer?).self) { group in
            for _ in 0..<count { group.addTask { try await gateway.call(name, body) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("faas#1721: 1000 calls to a function at 0 start one replica, and each is answered")
    func report08_thousandCallsWakeOneReplica() async throws {
        try await TestGateway.run { gateway in
            try await gateway.deploy(
                "w", envVars: ["start_delay": "500ms", "max_inflight": "600"], labels: ["com.openfaas.scale.min": "0"])
            let answers = try await calls(1_000, gateway, "w", #"{"ms":300}"#)
            let done = answers.filter { $0.0.status == 200 }
            let refused = answers.filter { $0.0.status == 429 && $0.0["X-Openfaas-Internal"] == "faas-middleware" }
            #expect(done.count + refused.count == 1_000)
            #expect(done.count >= 600)
            #expect(Set(done.compactMap { $0.1?.pid }).count == 1)
            #expect(try await gateway.status("w")["replicas"] as? Int == 1)
        }
    }

    @Test("of-watchdog#92: a call waits for a worker that listens late; past the limit it is answered 503")
    func report11_lateListenersAreWaitedFor() async throws {
        let late = try TemporaryFile(script: "sleep 0.8; exec \"$@\"")
        try await TestGateway.run { gateway in
            try await gateway.deploy("w", envProcess: "\(late.path) \(TestGateway.worker)")
            let start = ContinuousClock.now
            #expect(try await gateway.call("w").response.status == 200)
            #expect(ContinuousClock.now - start > .milliseconds(600))
        }
        try await TestGateway.run {
            $0.coldStartLimit = .milliseconds(300)
        } _: { gateway in
            try await gateway.deploy("w", envProcess: "\(late.path) \(TestGateway.worker)")
            let start = ContinuousClock.now
            let answers = try await calls(3, gateway, "w", "{}")
            #expect(ContinuousClock.now - start > .milliseconds(290))
            for (answer, _) in answers {
                #expect((answer.status, answer.text) == (503, "No endpoints available for: w.\n"))
                #expect(answer["X-Openfaas-Internal"] == "proxy")
            }
        }
    }

    @Test("faas#1410: scaled to zero in the middle of a call, the replica ends after its answer")
    func report14_aCallOutlivesItsScaleDown() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w")
            let pid = try #require(try await gateway.call("w").answer?.pid)
            async let call = gateway.call("w", #"{"id":"long","ms":1000}"#)
            try await Task.sleep(for: .milliseconds(200))
            try await gateway.scale("w", to: 0)
            #expect(try await gateway.ready("w") == 0)
            #expect(isAlive(pid))
            let (response, answer) = try await call
            #expect(response.status == 200)
            #expect((answer?.id, answer?.pid, answer?.inflight) == ("long", pid, 1))
            try await eventually("the replica has ended") { !isAlive(pid) }
        }
    }

    @Test("faas-netes#156: ten busy replicas scaled down by nine give ten answers; draining ones are not ready")
    func report15_busyReplicasDrain() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w", replicas: 10, envVars: ["max_inflight": "1"])
            async let answers = calls(10, gateway, "w", #"{"ms":1500}"#)
            // Another call would take a place of theirs.
            try await eventually("all have been handed out") { try await gateway.invocations("w") == 10 }
            try await gateway.scale("w", to: 1)
            #expect(try await gateway.ready("w") == 1)
            let results = try await answers
            #expect(results.map { $0.0.status } == Array(repeating: 200, count: 10))
            let pids = Set(results.compactMap { $0.1?.pid })
            #expect(pids.count == 10)
            try await eventually("nine have ended") { pids.filter(isAlive).count == 1 }
            #expect(try await gateway.call("w").response.status == 200)
        }
    }

    @Test("faas#1018: calls one after the other over one connection reach every replica")
    func report25_noReplicaIsPreferred() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w", replicas: 5)
            var counts: [Int32: Int] = [:]
            for _ in 0..<100 { counts[try #require(try await gateway.call("w").answer?.pid), default: 0] += 1 }
            #expect(counts.count == 5)
            #expect(counts.values.allSatisfy { (10...40).contains($0) })
        }
    }

    @Test("a replica that dies is noticed: its call is answered 502, and another one takes its place")
    func crash() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w")
            let pid = try #require(try await gateway.call("w").answer?.pid)
            async let call = gateway.call("w", #"{"ms":20000}"#)
            try await Task.sleep(for: .milliseconds(200))
            kill(pid, SIGKILL)
            let (response, _) = try await call
            #expect((response.status, response.text) == (502, ""))
            #expect(response["X-Call-Id"] != nil)
            try await eventually("its death is noticed") { !isAlive(pid) }
            let (next, answer) = try await gateway.call("w")
            #expect(next.status == 200)
            #expect(answer?.pid != pid)
            #expect(!isAlive(pid))
        }
    }

    @Test("a worker that ends before it is ready is started again, at growing intervals")
    func failingStarts() async throws {
        let log = TemporaryFile()
        let failing = try TemporaryFile(script: "echo x >> \(log.path); exit 3")
        try await TestGateway.run {
            $0.coldStartLimit = .milliseconds(900)
        } _: { gateway in
            try await gateway.deploy("w", envProcess: failing.path)
            #expect(try await gateway.call("w").response.status == 503)
            let starts = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n").count
            // At 0, 100, 300 and 700 ms.
            #expect((2...4).contains(starts))
            #expect(try await gateway.status("w")["replicas"] as? Int == 1)
        }
    }

    @Test("start_delay makes a cold start of at least that length")
    func startDelay() async throws {
        try await TestGateway.run { gateway in
            let start = ContinuousClock.now
            try await gateway.start("w", envVars: ["start_delay": "700ms"])
            #expect(ContinuousClock.now - start >= .milliseconds(700))
        }
    }

    @Test("a worker that ignores SIGTERM is killed after termination_grace, with its children")
    func stubbornWorkers() async throws {
        let log = TemporaryFile()
        let stubborn = try TemporaryFile(
            script: """
                trap '' TERM
                sleep 1000 & echo $! > \(log.path)
                \(TestGateway.worker) & echo $! >> \(log.path)
                while :; do wait; done
                """)
        try await TestGateway.run { gateway in
            try await gateway.start("w", envProcess: stubborn.path, envVars: ["termination_grace": "300ms"])
            let pids = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n").compactMap {
                Int32($0)
            }
            #expect(pids.count == 2 && pids.allSatisfy(isAlive))
            try await gateway.scale("w", to: 0)
            try await eventually("all are gone") { pids.allSatisfy(hasEnded) }
        }
    }

    @Test("an update replaces the replicas without a gap")
    func update() async throws {
        try await TestGateway.run { gateway in
            try await gateway.start("w")
            let old = try #require(try await gateway.call("w").answer?.pid)
            #expect(try await gateway.deploy("w", envVars: ["a": "b"], method: "PUT").status == 202)
            try await eventually("the new one answers") {
                let (response, answer) = try await gateway.call("w")
                #expect(response.status == 200)
                return answer?.pid != old
            }
            try await eventually("the old one is gone") { !isAlive(old) }
            let new = try await gateway.call("w").answer?.pid
            #expect(try await gateway.deploy("w", envVars: ["a": "b"], labels: ["c": "d"], method: "PUT").status == 202)
            #expect(try await gateway.call("w").answer?.pid == new)
        }
    }
}

/// Whether a process that is nobody's child any more has ended, or waits for its reaper only.
private func hasEnded(_ pid: Int32) -> Bool {
    guard isAlive(pid) else { return true }
    let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return status.map { $0.contains(") Z ") } ?? true
}
