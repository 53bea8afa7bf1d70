import EnvironmentProtocol
import EnvironmentValidation
import Foundation
import Testing

@Suite("The compliance suite")
struct ValidationTests {
    private static let busyCases = ["busy/refused"]

    @Test("passes on this project's server, and skips only what cannot be tried")
    func passes() async throws {
        let report = try await Validated().report()
        let failures = report.results.filter { $0.verdict.word == "FAIL" }.map(\.text)
        #expect(failures == [])
        let skipped = report.results.filter { $0.verdict.word == "SKIP" }.map(\.name)
        // Whether a quick environment is met while it runs is the scheduler's to say.
        #expect(Set(skipped).subtracting(ValidationTests.busyCases) == ["leases/expiry"])
        #expect(!report.hasFailures)
        #expect(report.results.map(\.name) == Validation.caseNames)
        #expect(report.environmentID == "test/Numbers-v0")
    }

    @Test("A server without vectors passes too")
    func noVectors() async throws {
        let report = try await Validated(registry: NumbersEnvironment.registry(hasVectors: false)).report {
            $0.hasPrefix("vectors") || $0.hasPrefix("autoreset")
        }
        #expect(report.results.count == 10)
        #expect(report.results.allSatisfy { $0.verdict == .skip("there are no vectors of test/Numbers-v0") })
    }

    @Test("Leases are tried where they are short")
    func leases() async throws {
        let report = try await Validated(idleTimeout: .seconds(3)).report { $0 == "leases/expiry" }
        #expect(report.results.map(\.verdict) == [.pass])
    }

    @Test("Names are there once, and rules are sentences")
    func names() async throws {
        #expect(Set(Validation.caseNames).count == Validation.caseNames.count)
        let report = try await Validated().report { $0.hasPrefix("hello") }
        for result in report.results { #expect(result.rule.hasSuffix(".")) }
    }

    @Test("A report says in text and in JSON which rule was broken, and how")
    func report() async throws {
        let report = try await Validated(
            fault: .replies { if case .hello = $0.kind { $0.hello.serverName = "" } }
        ).report { ["hello/reply", "ping/unknown"].contains($0) }
        #expect(report.hasFailures)
        let failure = try #require(report.results.first)
        #expect(failure.text.hasPrefix("FAIL  hello/reply"))
        for part in [failure.rule, "got       an empty server_name", "expected  a name"] {
            #expect(failure.text.contains(part))
        }
        #expect(report.results.last?.text == "PASS  ping/unknown")
        let json = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
        #expect(json?["failed"] as? Int == 1)
        #expect(json?["passed"] as? Int == 1)
        let results = try #require(json?["results"] as? [[String: Any]])
        #expect(results[0]["verdict"] as? String == "FAIL")
        #expect(results[0]["got"] as? String == "an empty server_name")
    }

    @Test("Where nobody answers, or the environment is not listed, nothing is tried")
    func nothing() async throws {
        var validation = Validation(endpoint: "ipc:///tmp/nobody-\(UInt64.random(in: 0...UInt64.max))")
        validation.patienceSeconds = 0.2
        let silent = #expect(throws: NothingToValidate.self) { try validation.run() }
        #expect(silent?.description.contains("no answer") == true)
        let report = try await Validated().report { _ in false }
        #expect(report.results == [])
    }
}
