import Curl
import Farm
import Foundation
import LiveFarm
import Logging
import Randomness
import StubGateway
import Testing

@testable import HTTPWorkers

@Suite("A farm on plain HTTP services", .serialized, .timeLimit(.minutes(1)))
struct ServiceFarmTests {
    private func scenario(most: Int = 3, rate: Double = 40) -> Scenario {
        Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 0, max: most, initial: 2), stepSeconds: 0.2, steps: 100)
    }

    private func withFarm(_ addresses: String, _ body: (LiveFarm) async throws -> Void) async throws {
        let pool = ServicePool(try ServiceAddresses(addresses))
        var options = LiveFarmOptions()
        options.pollInterval = .milliseconds(20)
        options.request.query = "mode=fast"
        let farm = try await LiveFarm(
            scenario: scenario(), speed: 1, workers: pool.workers(for: scenario()), options: options,
            logger: Logger(label: "test"))
        do {
            try await body(farm)
        } catch {
            await farm.close()
            throw error
        }
        await farm.close()
    }

    private static func answer(_ request: StubRequest) -> StubAnswer {
        StubAnswer(200, body: request.body, delay: .milliseconds(20))
    }

    @Test("Those that are enabled take calls, one at a time; those that are not take none")
    func enabling() async throws {
        let stubs = try (0..<3).map { _ in try StubGateway(handler: Self.answer) }
        defer { stubs.forEach { $0.stop() } }
        try await withFarm(stubs.map(\.url).joined(separator: ",")) { farm in
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.ready == 2 && first.notes.isEmpty)
            for _ in 0..<3 { _ = try await farm.advance(Staffing(2)) }
            #expect(stubs.map(\.requests.count)[2] == 0 && stubs.allSatisfy { $0.openConnections <= 1 })
            let none = try await farm.advance(Staffing(0))
            #expect(none.metrics.ready == 0)
            let before = stubs.map(\.requests.count)
            _ = try await farm.advance(Staffing(0))
            #expect(stubs.map(\.requests.count) == before)
            for _ in 0..<3 { _ = try await farm.advance(Staffing(3)) }
            let last = try await farm.advance(Staffing(3)).metrics
            #expect(stubs.allSatisfy { !$0.requests.isEmpty } && last.ready == 3)
            #expect(last.totals.failed == 0 && last.totals.isConserved)
            let request = try #require(stubs[0].requests.first)
            #expect(request["X-Task-Id"] != nil && request.query == "mode=fast")
        }
    }

    @Test("An address that refuses connections costs no task, is said once, and is used when it listens")
    func blackHole() async throws {
        let good = try StubGateway(handler: Self.answer)
        defer { good.stop() }
        let gone = try StubGateway(handler: Self.answer)
        gone.stop()
        try await withFarm("\(gone.url),\(good.url)") { farm in
            var notes = try await farm.reset(seed: Seed(2)).notes
            #expect(notes.contains { $0.contains("take 2 calls at a time") && $0.contains("workers.max is 3") })
            var refusals = 0
            var last: WindowMetrics?
            for _ in 0..<6 {
                last = try await farm.advance(Staffing(2)).metrics
                refusals += last?.stages.first.calls.refusals ?? 0
                notes += last?.notes ?? []
            }
            #expect((1...4).contains(refusals))
            #expect(notes.count { $0.hasPrefix("\(gone.url): refuses calls: no connection") } == 1, "\(notes)")
            #expect(last?.totals.failed == 0 && (last?.totals.done ?? 0) > 10 && last?.stages.first.calls.retries == 0)
        }
    }

    @Test("A file that changes adds and removes services; one that is broken changes nothing, and is said")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let stubs = try (0..<3).map { _ in try StubGateway(handler: Self.answer) }
        defer { stubs.forEach { $0.stop() } }
        func write(_ text: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }
        try write(stubs[0].url)
        try await withFarm("@\(path)") { farm in
            #expect(try await farm.reset(seed: Seed(3)).ready == 1)
            var notes: [String] = []
            func go(until ready: Int) async throws {
                var last: WindowMetrics?
                for _ in 0..<30 where last?.ready != ready {
                    last = try await farm.advance(Staffing(3)).metrics
                    notes += last?.notes ?? []
                }
                #expect(last?.ready == ready && last?.totals.failed == 0)
            }
            try write(stubs.map(\.url).joined(separator: "\n"))
            try await go(until: 3)
            try write("nonsense")
            for _ in 0..<20 where !notes.contains(where: { $0.contains("stay as they were") }) {
                notes += try await farm.advance(Staffing(3)).metrics.notes
            }
            #expect(notes.contains { $0.contains("nonsense") && $0.contains("stay as they were") })
            try write(stubs[2].url)
            try await go(until: 1)
            let before = stubs.map(\.requests.count)
            _ = try await farm.advance(Staffing(3))
            let after = stubs.map(\.requests.count)
            #expect(after[0] == before[0] && after[1] == before[1] && after[2] > before[2])
            try write("\(stubs[2].url)*2\n\(stubs[0].url)")
            try await go(until: 3)
        }
    }

    @Test(
        "What answers mean",
        arguments: [
            (200, AttemptOutcome.done), (204, .done), (429, .collision), (408, .retry("status 408")),
            (503, .retry("status 503")), (404, .failed("status 404")), (302, .failed("status 302")),
        ])
    func answers(status: Int, outcome: AttemptOutcome) {
        #expect(ServiceInvoker.end(WorkerAnswer(status: status, seconds: 0)).outcome == outcome)
    }

    @Test("What it means that there was no answer")
    func failures() {
        let kinds: [(HTTPFailure.Kind, String)] = [
            (.notConnected, "refused"), (.tls, "refused"), (.connectionLost, "retry"), (.timedOut, "retry"),
            (.shortage, "shortage"), (.tooLarge, "failed"), (.invalidRequest, "failed"), (.shutDown, "failed"),
        ]
        for (kind, name) in kinds {
            let end = ServiceInvoker.end(HTTPFailure(kind, "why"))
            #expect(end.outcome.name == name && end.message == "why" && end.answer == nil)
        }
    }
}
