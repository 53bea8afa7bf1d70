import Farm
import Randomness
import Synchronization
import Testing

@testable import LiveFarm

/// A journal in memory, which may refuse.
private final class Notes: IngressJournal {
    struct Refusing: Error {}

    let lines = Mutex<[String]>([])
    let refuses: Bool

    init(refuses: Bool = false) {
        self.refuses = refuses
    }

    func accept(_ id: String) async throws {
        if refuses { throw Refusing() }
        lines.withLock { $0.append("accept \(id)") }
    }

    func forget(_ id: String) { lines.withLock { $0.append("forget \(id)") } }
    func end(_ id: String, _ outcome: Ingress.Outcome) { lines.withLock { $0.append("end \(id)") } }
    func find(_ id: String) async -> Ingress.Lookup? { id == "earlier" ? .lost : nil }
}

@Suite("The ingress")
struct IngressTests {
    @Test("refuses tasks when no episode runs, and those over its bound")
    func refusals() async throws {
        let ingress = Ingress(mostOpen: 2, mostKept: 10)
        await #expect(throws: Ingress.Refusal.noEpisode) {
            _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        }
        let owner = ingress.open { _, _, _, _ in true }
        let first = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        await #expect(throws: Ingress.Refusal.full(limit: 2)) {
            _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        }
        ingress.end(first, .failed(reason: "x"))
        _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        ingress.close(owner)
        await #expect(throws: Ingress.Refusal.noEpisode) {
            _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        }
    }

    @Test("a task that an episode does not take any more is not open, nor known")
    func lateTask() async throws {
        let ingress = Ingress(mostOpen: 1)
        _ = ingress.open { _, _, _, _ in false }
        for _ in 0..<3 {
            await #expect(throws: Ingress.Refusal.noEpisode) {
                _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
            }
        }
    }

    @Test("keeps the latest results, and the first end of each")
    func results() async throws {
        let ingress = Ingress(mostOpen: 10, mostKept: 2)
        _ = ingress.open { _, _, _, _ in true }
        var ids: [String] = []
        for number in 0..<3 {
            let id = try await ingress.submit(payload: [], headers: [:], deadline: nil)
            ingress.end(id, .done(status: 200 + number, headers: [], body: []))
            ingress.end(id, .failed(reason: "later"))
            ids.append(id)
        }
        guard case .unknown = await ingress.lookUp(ids[0]) else {
            Issue.record("the oldest result is still there")
            return
        }
        guard case .done(status: 202, _, _)? = await ingress.outcome(of: ids[2]) else {
            Issue.record("the last result is not there")
            return
        }
    }

    @Test("writes a task down before it is taken, its end once, and takes nothing that cannot be written down")
    func journal() async throws {
        let notes = Notes()
        let ingress = Ingress(journal: notes)
        _ = ingress.open { id, _, _, _ in notes.lines.withLock { $0 == ["accept \(id)"] } }
        let id = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        ingress.end(id, .failed(reason: "x"))
        ingress.end(id, .failed(reason: "later"))
        await #expect(throws: Ingress.Refusal.noEpisode) {
            _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
        }
        let lines = notes.lines.withLock { $0 }
        #expect(lines.count == 4 && lines[1] == "end \(id)")
        #expect(lines[3] == lines[2].replacing("accept", with: "forget"))

        let full = Ingress(mostOpen: 1, journal: Notes(refuses: true))
        _ = full.open { _, _, _, _ in true }
        for _ in 0..<2 {
            await #expect(throws: Ingress.Refusal.notKept(reason: "Refusing()")) {
                _ = try await full.submit(payload: [], headers: [:], deadline: nil)
            }
        }
    }

    @Test(
        "tells tasks of an earlier program apart from those that never were",
        arguments: [
            ("ingress-0abc-1", true), ("ingress-0abc-x", false), ("ingress--1", false), ("mine", false), ("", false),
        ])
    func earlier(id: String, isLost: Bool) async {
        let found = await Ingress().lookUp(id)
        if case .lost = found { #expect(isLost) } else { #expect(!isLost) }
        // A journal knows better.
        guard case .unknown = await Ingress(journal: Notes()).lookUp(id) else {
            Issue.record("\(id) is known")
            return
        }
        guard case .lost = await Ingress(journal: Notes()).lookUp("earlier") else {
            Issue.record("the journal was not asked")
            return
        }
    }

    @Test("an old episode's close does not shut the next one's door")
    func owners() async throws {
        let ingress = Ingress()
        let first = ingress.open { _, _, _, _ in false }
        _ = ingress.open { _, _, _, _ in true }
        ingress.close(first)
        _ = try await ingress.submit(payload: [], headers: [:], deadline: nil)
    }

    @Test(
        "brings tasks into the episode and their results back; what has not ended with it has failed",
        .timeLimit(.minutes(1)))
    func farm() async throws {
        let fake = FakePlatform(units: 1, of: 2)
        fake.state.withLock {
            $0.end = { attempt in
                let isSlow = attempt.call.body == Array("slow".utf8)
                if isSlow { try? await Task.sleep(for: .seconds(30)) }
                let body = Array(attempt.call.body.reversed())
                return AttemptEnd(.done, .taken, answer: WorkerAnswer(status: 200, body: body, seconds: 0.01))
            }
        }
        let ingress = Ingress()
        let scenario = FakePlatform.scenario(rate: 5, least: 2, most: 2, steps: 5)
        try await fake.withFarm(scenario, options: { $0.ingress = ingress }) { farm in
            _ = try await farm.reset(seed: Seed(1))
            let id = try await ingress.submit(payload: [1, 2, 255], headers: ["X-Own": "y"], deadline: 2)
            guard case .done(status: 200, _, let body)? = await ingress.outcome(of: id) else {
                Issue.record("the task was not done")
                return
            }
            #expect(body == [255, 2, 1])
            let call = fake.state.withLock { $0.calls }.map(\.call).first { $0.id.hasPrefix("\(id)-") }
            #expect(call?.headers.contains { $0.name == "X-Own" && $0.value == "y" } == true)
            let slow = try await ingress.submit(payload: Array("slow".utf8), headers: [:], deadline: 2)
            var last: FarmWindow?
            while last?.end == nil { last = try await farm.advance(Staffing(2)) }
            guard case .failed(let reason)? = await ingress.outcome(of: slow) else {
                Issue.record("the slow task did not fail")
                return
            }
            #expect(reason == "the episode ended")
            #expect(last?.metrics.totals.isConserved == true)
        }
    }
}
