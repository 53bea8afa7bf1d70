import Curl
import Foundation
import LocalGateway
import TestSupport
import Testing

/// What replicas of the Community Edition and of faasd do to their callers. Statuses, texts and headers are those that a
/// real gateway and its watchdog were seen to send.
@Suite("The profiles ce and faasd", .serialized)
struct RoughProfileTests {
    typealias Profile = LocalGatewayConfiguration.Profile

    static let both = [Profile.ce, .faasd]

    private func run(
        _ profile: Profile, slowness: Double = 0.05, _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        try await TestGateway.run {
            $0.profile = profile
            $0.slowness = slowness
        } _: {
            try await body($0)
        }
    }

    /// Scales down on Kubernetes, deletes on faasd, which has one replica.
    private func take(_ profile: Profile, _ gateway: TestGateway) async throws {
        if profile == .ce {
            try await gateway.scale("w", to: 1)
        } else {
            _ = try await gateway.send("DELETE", "/system/functions", #"{"functionName":"w"}"#)
        }
    }

    /// Waits until as many replicas have answered: one that is ready need not listen yet.
    private func listen(_ replicas: Int, _ gateway: TestGateway) async throws {
        var answered: Set<Int32> = []
        try await eventually("\(replicas) listen") {
            if let answer = try await gateway.call("w").answer { answered.insert(answer.pid) }
            return answered.count == replicas
        }
    }

    private func calls(_ count: Int, _ gateway: TestGateway, milliseconds: Int = 1_200) async throws -> [HTTPResponse] {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<count { group.addTask { try await gateway.call("w", #"{"ms":\#(milliseconds)}"#).response } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test(
        "a busy replica is told to end at once; a function that does not drain leaves its call to the watchdog's 500",
        arguments: both)
    func busyReplicasEnd(profile: Profile) async throws {
        try await run(profile) { gateway in
            let replicas = profile == .ce ? 3 : 1
            try await gateway.start(
                "w", replicas: replicas, envProcess: TestGateway.worker + " --ends-at-once",
                envVars: ["healthcheck_interval": "1s"])
            try await listen(replicas, gateway)
            // Enough for each of the three to have one.
            let before = try await gateway.invocations("w")
            async let answers = calls(24, gateway)
            try await eventually("all are under way") { try await gateway.invocations("w") == before + 24 }
            try await take(profile, gateway)
            let results = try await answers
            let lost = results.filter { $0.status != 200 }
            #expect(!lost.isEmpty)
            for answer in lost {
                #expect((answer.status, answer.text) == (500, ""))
                #expect(answer["X-Openfaas-Internal"] == "of-watchdog")
                #expect(answer["X-Duration-Seconds"] != nil)
                #expect(answer["X-Call-Id"] != nil)
            }
        }
    }

    @Test("a function that finishes its calls on SIGTERM loses none", arguments: both)
    func drainingFunctions(profile: Profile) async throws {
        try await run(profile) { gateway in
            let replicas = profile == .ce ? 3 : 1
            try await gateway.start("w", replicas: replicas, envVars: ["healthcheck_interval": "1s"])
            try await listen(replicas, gateway)
            // Long enough that none has ended before all are seen, on a busy machine too.
            async let answers = calls(12, gateway, milliseconds: 2_500)
            // A worker takes nothing more once it was told to end, so all must have come by then.
            var calls: [Int32: Int] = [:]
            try await eventually("all have come to their workers") {
                if let answer = try await gateway.call("w").answer { calls[answer.pid] = answer.inflight - 1 }
                return calls.values.reduce(0, +) == 12
            }
            try await take(profile, gateway)
            #expect(try await answers.map(\.status) == Array(repeating: 200, count: 12))
        }
    }

    @Test(
        "a replica is ready before its function listens, and calls of it are the watchdog's 500 at once",
        arguments: both)
    func readyBeforeListening(profile: Profile) async throws {
        try await run(profile, slowness: 0.1) { gateway in
            try await gateway.start("w", envProcess: TestGateway.worker + " --load-seconds 1.2")
            let early = try await gateway.call("w").response
            #expect((early.status, early.text) == (500, ""))
            #expect(early["X-Openfaas-Internal"] == "of-watchdog")
            #expect(early["X-Duration-Seconds"] != nil)
            try await eventually("the function listens") { try await gateway.call("w").response.status == 200 }
        }
    }

    @Test("a replica that SIGKILL has ended is the proxy's 500, which has no duration", arguments: both)
    func killed(profile: Profile) async throws {
        try await run(profile) { gateway in
            try await gateway.start("w")
            try await eventually("it listens") { try await gateway.call("w").response.status == 200 }
            let pid = try #require(try await gateway.call("w").answer?.pid)
            async let call = gateway.call("w", #"{"ms":20000}"#)
            try await Task.sleep(for: .milliseconds(200))
            kill(pid, SIGKILL)
            let answer = try await call.response
            #expect((answer.status, answer.text) == (500, "Can't reach service for: w.\n"))
            #expect(answer["X-Openfaas-Internal"] == "proxy")
            #expect(answer["X-Duration-Seconds"] == nil)
        }
    }

    @Test("a function that hangs up is the watchdog's 500", arguments: both)
    func hangingUp(profile: Profile) async throws {
        let server = """
            import os, socket
            s = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
            while True:
                c = s.accept()[0]
                if b"/_/health" in c.recv(4096): c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
                c.close()
            """
        let file = try TemporaryFile(text: server)
        try await run(profile) { gateway in
            try await gateway.start("w", envProcess: "python3 \(file.path)")
            try await eventually("it listens and hangs up") {
                let answer = try await gateway.call("w").response
                #expect(answer.status == 500 && answer["X-Openfaas-Internal"] == "of-watchdog")
                let health = try await gateway.send("GET", "/function/w/_/health")
                return health.status == 200
            }
        }
    }

    @Test("the label com.openfaas.scale.factor 0 stops every call", arguments: both)
    func factorZero(profile: Profile) async throws {
        try await run(profile) { gateway in
            try await gateway.deploy("w", labels: ["com.openfaas.scale.factor": "0"])
            let answer = try await gateway.call("w").response
            #expect(answer.status == 404)
            #expect(
                answer.text
                    == "error finding function w.openfaas-fn: bad scaling factor: 0, is not in range of [0 - 100]")
        }
    }

    @Test("a program that ends before it listens is not started over and over", arguments: both)
    func crashLoop(profile: Profile) async throws {
        let log = TemporaryFile()
        let failing = try TemporaryFile(script: "echo x >> \(log.path); exit 3")
        try await run(profile, slowness: 0) { gateway in
            try await gateway.deploy("w", envProcess: failing.path)
            try await Task.sleep(for: .milliseconds(900))
            let starts = try String(contentsOfFile: log.path, encoding: .utf8).split(separator: "\n").count
            // At 0, 100, 300 and 700 ms.
            #expect((2...5).contains(starts))
        }
    }

    @Test("Kubernetes deletes in the foreground: the function is there until its replicas have ended")
    func foregroundDeletion() async throws {
        try await run(.ce) { gateway in
            try await gateway.start("w", replicas: 2)
            try await listen(2, gateway)
            async let call = gateway.call("w", #"{"ms":1200}"#)
            try await Task.sleep(for: .milliseconds(300))
            let body = #"{"functionName":"w"}"#
            #expect(try await gateway.send("DELETE", "/system/functions", body).status == 202)
            let status = try await gateway.send("GET", "/system/function/w")
            #expect(status.status == 200)
            #expect(try gateway.json(status)["replicas"] as? Int ?? 0 >= 1)
            #expect(try await gateway.send("GET", "/system/functions").text.contains(#""name":"w""#))
            let again = try await gateway.deploy("w")
            #expect(again.status == 500)
            #expect(again.text.hasPrefix("unable create Deployment: object is being deleted: "))
            #expect(again.text.hasSuffix("already exists\n"))
            let new = try await gateway.call("w").response
            #expect((new.status, new.text) == (503, "No endpoints available for: w.\n"))
            #expect(new["X-Openfaas-Internal"] == "proxy")
            #expect(try await call.response.status == 200)
            try await eventually("it is gone") { try await gateway.send("GET", "/system/function/w").status == 404 }
            #expect(try await gateway.deploy("w").status == 202)
        }
    }

    @Test(
        "faasd without healthcheck_interval: a deletion takes its time, fails, and leaves the function without replicas"
    )
    func failingDeletion() async throws {
        try await run(.faasd, slowness: 0.03) { gateway in
            try await gateway.start("w")
            let body = #"{"functionName":"w"}"#
            let start = ContinuousClock.now
            async let deletion = gateway.send("DELETE", "/system/functions", body)
            try await eventually("it is hidden") { try await gateway.send("GET", "/system/function/w").status == 404 }
            #expect(try await gateway.send("DELETE", "/system/functions", body).status == 404)
            let again = try await gateway.deploy("w")
            #expect(again.status == 400)
            #expect(again.text.contains("snapshot \"w-snapshot\": already exists"))
            let answer = try await deletion
            #expect(ContinuousClock.now - start >= .milliseconds(900))
            #expect(answer.status == 500)
            #expect(answer.text.contains("cannot delete running task w"))
            let status = try await gateway.status("w")
            #expect(status["replicas"] == nil && status["availableReplicas"] == nil)
            #expect(try await gateway.send("DELETE", "/system/functions", body).status == 200)
            #expect(try await gateway.send("GET", "/system/function/w").status == 404)
        }
    }

    @Test(
        "the Community Edition refuses what it does not take",
        arguments: [
            ("com.openfaas.scale.zero", "true", "com.openfaas.scale.zero not available"),
            ("com.openfaas.scale.zero-duration", "5m", "com.openfaas.scale.zero-duration not available"),
            ("com.openfaas.scale.type", "cpu", "com.openfaas.scale.type not available"),
            ("com.openfaas.scale.target", "5", "com.openfaas.scale.target not available"),
            ("com.openfaas.scale.max", "6", "com.openfaas.scale.max is set too high"),
            ("com.openfaas.scale.min", "6", "com.openfaas.scale.min is set too high"),
        ])
    func refusals(label: String, value: String, text: String) async throws {
        try await run(.ce) { gateway in
            let answer = try await gateway.deploy("w", labels: [label: value])
            #expect(answer.status == 400)
            #expect(answer.text == "validation failed: \(text) for Community Edition\n")
        }
    }

    @Test("the Community Edition has 15 functions of public images")
    func limits() async throws {
        try await run(.ce, slowness: 0) { gateway in
            for image in ["localhost:5000/worker", "10.1.2.3/worker:1", "registry.local/a/b"] {
                let answer = try await gateway.deploy("w", image: image)
                #expect(answer.status == 400)
                #expect(answer.text == "the Community Edition license agreement only supports public images\n")
            }
            for number in 1...15 {
                #expect(try await gateway.deploy("w\(number)", image: "ghcr.io/a/b:latest").status == 202)
            }
            let answer = try await gateway.deploy("w16")
            #expect(answer.status == 400)
            #expect(answer.text.hasPrefix("unable to create function, maximum: 15,"))
            let existing = try await gateway.deploy("w3")
            #expect(existing.status == 500)
            #expect(existing.text == "unable create Deployment: deployments.apps \"w3\" already exists\n")
        }
    }

    @Test("a gateway that gives up scaling from zero answers 200 with nothing, as the source has it", arguments: both)
    func coldStartLimit(profile: Profile) async throws {
        let never = try TemporaryFile(script: "exit 1")
        try await TestGateway.run {
            $0.profile = profile
            $0.coldStartLimit = .milliseconds(200)
        } _: { gateway in
            try await gateway.deploy("w", envProcess: never.path, envVars: ["start_delay": "1h"])
            let answer = try await gateway.call("w").response
            #expect((answer.status, answer.text) == (200, ""))
            #expect(answer["X-Duration-Seconds"] == nil)
        }
    }
}
