import Curl
import Foundation
import TestSupport
import Testing

@Suite("faasfarm gateway", .serialized)
struct GatewayCommandTests {
    @Test("says where it listens, and ends with every worker on SIGTERM and SIGINT", arguments: [SIGTERM, SIGINT])
    func life(_ signal: Int32) async throws {
        let program = try await Program(["gateway", "--port", "0"])
        let line = try await program.firstLine()
        #expect(line.hasPrefix("gateway listening on http://127.0.0.1:"))
        let gateway = TestGateway(url: String(line.dropFirst("gateway listening on ".count)))
        try await gateway.start("w", replicas: 2)
        let pids = try await [gateway.call("w").answer?.pid, gateway.call("w").answer?.pid].compactMap(\.self)
        #expect(Set(pids).count == 2)
        // The first call keeps its worker from ending by itself.
        let call = Task { try await gateway.call("w", #"{"ms":30000}"#) }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        program.signal(signal)
        #expect(try await program.end().code == 0)
        // 2 s on an idle machine; the call would take 30.
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(pids.filter(isAlive) == [])
        _ = await call.result
    }

    @Test("a gateway that is killed takes its workers with it")
    func killed() async throws {
        let program = try await Program(["gateway", "--port", "0"])
        let gateway = TestGateway(url: String(try await program.firstLine().dropFirst("gateway listening on ".count)))
        try await gateway.start("w")
        let pid = try #require(try await gateway.call("w").answer?.pid)
        program.signal(SIGKILL)
        _ = try await program.end()
        try await eventually("the worker has ended") { !isAlive(pid) || isZombie(pid) }
    }

    @Test("JSON for programs; the password of a file")
    func options() async throws {
        let file = try TemporaryFile(text: "s3cret\n")
        let program = try await Program(["gateway", "--port", "0", "--password-file", file.path, "--format", "json"])
        defer { program.signal(SIGKILL) }
        let line = try #require(
            try JSONSerialization.jsonObject(with: Data(try await program.firstLine().utf8)) as? [String: String])
        #expect(Set(line.keys) == ["gateway"])
        let gateway = TestGateway(url: try #require(line["gateway"]))
        #expect(try await gateway.send("GET", "/system/info").status == 401)
        let login = "Basic " + Data("admin:s3cret".utf8).base64EncodedString()
        #expect(try await gateway.send("GET", "/system/info", headers: [("Authorization", login)]).status == 200)
    }

    @Test(
        "mistakes end it with a message and a code that is not 0",
        arguments: [
            (["--port", "70000"], "--port"), (["--password-file", "/no/such/file"], "/no/such/file"),
            (["--host", "0.0.0.0", "--port", "0"], "password"), (["--cold-start-limit", "0"], "--cold-start-limit"),
        ])
    func mistakes(_ arguments: [String], _ word: String) async throws {
        let (code, errors) = try await Program(["gateway"] + arguments).end()
        #expect(code != 0)
        #expect(errors.contains(word), "\(errors)")
    }
}

private func isZombie(_ pid: Int32) -> Bool {
    (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.contains(") Z ") ?? true
}
