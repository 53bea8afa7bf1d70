import Curl
import Foundation
import Testing

@testable import DaemonHTTP
@testable import LiveFarm

@Suite("Tasks over HTTP", .timeLimit(.minutes(1)))
struct IngressRoutesTests {
    private func served(_ ingress: Ingress, _ body: (HTTPAddress) async throws -> Void) async throws {
        let finder = OnePath("/where")
        try await serving([.init("--a", HTTPAddress(host: "127.0.0.1", port: 0), finder)]) {}
        try await serving([.init("--ingress-listen", finder.address, IngressRoutes(ingress))]) {
            try await body(finder.address)
        }
    }

    @Test("A task goes into the episode with its headers, and its result comes back, at once or later")
    func tasks() async throws {
        let ingress = Ingress()
        _ = ingress.open { [weak ingress] id, payload, headers, deadline in
            #expect(payload == Array("work".utf8))
            #expect(headers["X-Mine"] == "7" && headers["Host"] == nil)
            #expect(deadline == 2.5)
            ingress?.end(id, .done(status: 201, headers: [("Content-Type", "text/x")], body: Array("done".utf8)))
            return true
        }
        try await served(ingress) { address in
            let headers = [(name: "X-Mine", value: "7"), (name: "X-Deadline-Seconds", value: "2.5")]
            let answer = try await ask(address, "/tasks", method: "POST", headers: headers, body: "work")
            #expect(answer.status == 201 && answer.text == "done" && answer["Content-Type"] == "text/x")
            let later = try await ask(
                address, "/tasks", method: "POST", headers: headers + [(name: "Prefer", value: "respond-async")],
                body: "work")
            #expect(later.status == 202)
            let place = try #require(later["Location"])
            #expect(try await ask(address, place).text == "done")
            #expect(try await ask(address, "/tasks/nobodys").status == 404)
        }
    }

    @Test("What is refused, and what it is told")
    func refusals() async throws {
        try await served(Ingress()) { address in
            let none = try await ask(address, "/tasks", method: "POST", body: "work")
            #expect(none.status == 503 && none["Retry-After"] == "1" && none.text.contains("no episode runs"))
            #expect(try await ask(address, "/tasks").status == 405)
            #expect(try await ask(address, "/tasks/1", method: "PUT").status == 404)
            let page = try await ask(
                address, "/tasks", method: "POST", headers: [("Origin", "http://evil")], body: "work")
            #expect(page.status == 403)
            let late = try await ask(address, "/tasks", method: "POST", headers: [("X-Deadline-Seconds", "-1")])
            #expect(late.status == 400 && late.text.contains("got \"-1\""))
            #expect(try await ask(address, "/").text == "there are POST /tasks and GET /tasks/ID\n")
        }
    }

    @Test("The file of an earlier daemon: what had ended is known, what had not is lost")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ingress-\(UUID()).sqlite").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try IngressFile(path: path, logger: quiet)
        for id in ["done", "failed", "open", "gone"] { try await first.accept(id) }
        first.end("done", .done(status: 200, headers: [("A", "b")], body: [1, 2]))
        first.end("failed", .failed(reason: "why"))
        first.forget("gone")
        await first.close()
        let later = try IngressFile(path: path, logger: quiet)
        guard case .ended(.done(let status, let headers, let body)) = await later.find("done") else {
            Issue.record("its result is lost")
            return
        }
        #expect(status == 200 && headers.map(\.value) == ["b"] && body == [1, 2])
        guard case .ended(.failed(reason: "why")) = await later.find("failed") else {
            Issue.record("its reason is lost")
            return
        }
        guard case .lost = await later.find("open") else {
            Issue.record("it should be lost")
            return
        }
        #expect(await later.find("gone") == nil)
        await later.close()
    }
}
