import Curl
import Foundation
import TestSupport
import Testing

@Suite("faasfarm worker", .serialized)
struct WorkerCommandTests {
    private func start() async throws -> (program: Program, worker: TestGateway) {
        let program = try await Program(["worker", "--port", "0"])
        return (
            program, TestGateway(url: String(try await program.firstLine().dropFirst("worker listening on ".count)))
        )
    }

    private func answer(_ response: HTTPResponse) throws -> WorkerAnswer {
        try JSONDecoder().decode(WorkerAnswer.self, from: Data(response.body))
    }

    @Test("sleeps, computes and filters images; the id comes back")
    func modes() async throws {
        let (program, worker) = try await start()
        defer { program.signal(SIGKILL) }
        let slept = try answer(
            try await worker.send("POST", "/any/path?x=1", #"{"id":"é \" 1","ms":30.5,"mode":"sleep"}"#))
        #expect((slept.id, slept.mode, slept.ms, slept.pid) == ("é \" 1", "sleep", 30.5, program.pid))
        #expect(slept.took_ms >= 30.5)
        let computed = try answer(try await worker.send("POST", "/", #"{"ms":50,"mode":"cpu"}"#))
        #expect(computed.took_ms >= 50)
        var checksums: [String?] = []
        for size in [1, 100, 100, 200] {
            checksums.append(
                try answer(try await worker.send("POST", "/", #"{"size":\#(size),"mode":"image"}"#)).checksum)
        }
        #expect(checksums.allSatisfy { $0 != nil })
        #expect(checksums[1] == checksums[2])
        #expect(Set(checksums).count == 3)
        #expect(try await worker.send("POST", "/", #"{"status":418}"#).status == 418)
    }

    @Test("nothing to do: an empty body, and anything in a GET")
    func nothing() async throws {
        let (program, worker) = try await start()
        defer { program.signal(SIGKILL) }
        for (method, body) in [("POST", ""), ("GET", "")] {
            let response = try await worker.send(method, "/", body)
            #expect(response.status == 200)
            #expect(try answer(response).ms == 0)
        }
        #expect(try await worker.send("GET", "/_/health").status == 200)
    }

    @Test(
        "what is no job is refused with the reason",
        arguments: [
            ("x", "JSON"), ("[]", "object"), (#"{"id":7}"#, "id"), (#"{"ms":-1}"#, "ms"), (#"{"ms":1e99}"#, "ms"),
            (#"{"mode":"fly"}"#, "sleep, cpu, image"), (#"{"size":0,"mode":"image"}"#, "size"),
            (#"{"size":99999999999,"mode":"image"}"#, "size"), (#"{"status":100}"#, "status"), (#"{"ms":"1"}"#, "ms"),
        ])
    func badJobs(_ body: String, _ word: String) async throws {
        let (program, worker) = try await start()
        defer { program.signal(SIGKILL) }
        let response = try await worker.send("POST", "/", body)
        #expect(response.status == 400)
        let error = try #require(try worker.json(response)["error"] as? String)
        #expect(error.contains(word), "\(error)")
    }

    @Test("SIGTERM: no new work, health 503, what runs is finished, exit code 0")
    func draining() async throws {
        let (program, worker) = try await start()
        let call = Task { try await worker.send("POST", "/", #"{"ms":1000}"#) }
        try await eventually("the call runs") { try answer(try await worker.send("POST", "/", "{}")).inflight == 2 }
        program.signal(SIGTERM)
        try await eventually("it says so") { try await worker.send("GET", "/_/health").status == 503 }
        #expect(try await worker.send("POST", "/", "{}").status == 503)
        #expect(try await call.value.status == 200)
        #expect(try await program.end().code == 0)
    }

    @Test("the port comes from PORT; without any it says what is missing")
    func ports() async throws {
        let (code, errors) = try await Program(["worker"]).end()
        #expect(code != 0)
        #expect(errors.contains("PORT"))
        #expect(try await Program(["worker"], environment: ["PORT": "x"]).end().errors.contains("PORT"))
        let (program, worker) = try await start()
        defer { program.signal(SIGKILL) }
        let port = try #require(URL(string: worker.url)?.port)
        #expect(try await Program(["worker"], environment: ["PORT": "\(port)"]).end().code != 0)
    }
}
