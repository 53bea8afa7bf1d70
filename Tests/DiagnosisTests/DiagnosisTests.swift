import Foundation
import StubGateway
import Testing

@testable import Diagnosis

@Suite("The doctor's checks")
struct DiagnosisTests {
    @Test("A server's clock, by its Date header: within five seconds, ahead, behind, or not told")
    func clocks() {
        let asked = Date(timeIntervalSince1970: 1_767_225_600)
        func skew(_ header: String?) -> Finding { ClockCheck.skew(header, asked: asked, answered: asked + 1) }
        #expect(skew("Thu, 01 Jan 2026 00:00:00 GMT").status == .ok)
        #expect(skew("Thu, 01 Jan 2026 00:00:05 GMT").status == .ok)
        #expect(skew("Thu, 01 Jan 2026 00:01:00 GMT").message.contains("behind the gateway's"))
        #expect(skew("Wed, 31 Dec 2025 23:59:00 GMT").message.contains("ahead of the gateway's"))
        #expect(skew("yesterday").status == .skip)
        #expect(skew(nil).status == .skip)
    }

    @Test(
        "Versions of SQLite that may lose commits",
        arguments: [
            ("3.6.23", false), ("3.7.0", true), ("3.40.1", true), ("3.44.5", true), ("3.44.6", false), ("3.45.0", true),
            ("3.50.6", true), ("3.50.7", false), ("3.51.0", true), ("3.51.3", false), ("4", false),
        ])
    func sqlite(_ version: String, _ mayLose: Bool) {
        #expect(SQLiteVersion(version).mayLoseCommits == mayLose)
    }

    @Test("A place for a recording: none, one that can be made, a missing folder, a file of something else")
    func disk() throws {
        #expect(DiskCheck(path: nil).run().status == .skip)
        let folder = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(DiskCheck(path: folder + "/runs.sqlite").run().status == .ok)
        #expect(DiskCheck(path: folder + "/none/runs.sqlite").run().status == .fail)
        try String(repeating: "no database ", count: 100).write(
            toFile: folder + "/text", atomically: true, encoding: .utf8)
        #expect(DiskCheck(path: folder + "/text").run().status == .fail)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["text"])
    }

    @Test("An endpoint: one that a daemon can have, one that nobody answers at, and what is none")
    func endpoints() throws {
        func check(_ endpoint: String, isExpected: Bool) -> Finding {
            EndpointCheck(
                endpoint: endpoint, serverKey: nil, clientKey: nil, timeout: .milliseconds(300), isExpected: isExpected,
                version: "1"
            ).run()
        }
        #expect(check("tcp://127.0.0.1:0", isExpected: false).status == .ok)
        let gone = try StubGateway { _ in .text("") }
        gone.stop()
        #expect(check("tcp://127.0.0.1:\(gone.port)", isExpected: true).message.contains("no daemon answers there"))
        #expect(check("udp://127.0.0.1:1", isExpected: true).message.contains("is not an endpoint"))
        let stub = try StubGateway { _ in .text("hello") }
        let other = check("tcp://127.0.0.1:\(stub.port)", isExpected: true)
        #expect(other.status == .fail && other.message.contains("listens there"))
    }

    @Test("A gateway's password and a function that is not there")
    func gateway() async throws {
        let stub = try StubGateway { request in
            switch request.target.prefix(while: { $0 != "?" }) {
            case "/healthz": .text("")
            case "/system/functions": .text("[]")
            case "/system/info": .text("{}")
            default: StubAnswer(404)
            }
        }
        let found = await GatewayChecks(address: stub.url, functions: ["worker-1"]).run()
        #expect(found.first { $0.check == "password" }?.message.contains("functions there: 0") == true)
        let function = try #require(found.first { $0.check == "function worker-1" })
        #expect(function.status == .fail && function.message.contains("no such function"))
        let away = await GatewayChecks(address: "http://127.0.0.1:1", functions: ["worker-1"]).run()
        #expect(away.map(\.status) == [.fail, .skip, .skip, .skip])
    }

    @Test("Enough open files for the workers, or not")
    func descriptors() {
        #expect(DescriptorCheck(workers: 1).run().status == .ok)
        #expect(DescriptorCheck(workers: Int(Int32.max)).run().status != .skip)
    }

    @Test("A report is bad when something failed, and a line is a line")
    func report() throws {
        let findings = [Finding.ok("libzmq", "fine"), .fail("a check of a long name", "two\nlines"), .warn("x", "")]
        #expect(!DiagnosisReport(findings).ok && DiagnosisReport([findings[0], findings[2]]).ok)
        #expect(findings[0].line == "OK   libzmq" + String(repeating: " ", count: 12) + "fine")
        #expect(findings[1].line == "FAIL a check of a long name two lines")
    }
}
