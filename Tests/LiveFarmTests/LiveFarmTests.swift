import Farm
import Logging
import Randomness
import Synchronization
import Testing

@testable import LiveFarm

@Suite("A farm on a platform that a test plays", .timeLimit(.minutes(1)))
struct LiveFarmTests {
    @Test("leaves the workers as they are until its first episode, accounts for every task, and gives them back")
    func episode() async throws {
        let fake = FakePlatform(units: 2)
        try await fake.withFarm(FakePlatform.scenario(steps: 5)) { farm in
            #expect(fake.state.withLock { $0.asked }.isEmpty)
            let first = try await farm.reset(seed: Seed(1))
            #expect(first.ready == 2 && first.desired == 2 && first.totals.emitted == 0)
            var windows: [FarmWindow] = []
            while windows.last?.end == nil, windows.count < 9 { windows.append(try await farm.advance(Staffing(3))) }
            let last = try #require(windows.last)
            #expect(last.end == .horizon && last.metrics.totals.isConserved && last.metrics.ready == 3)
            #expect(windows.flatMap(\.records).count == last.metrics.totals.emitted)
            let calls = fake.state.withLock { $0.calls }
            #expect(Set(calls.map(\.number)).count == calls.count)
        }
        #expect(fake.state.withLock { $0.isReleased })
    }

    @Test("is not opened for a pipeline")
    func pipeline() async throws {
        var scenario = FakePlatform.scenario()
        scenario.stages.rest = [scenario.stages.first]
        let error = await #expect(throws: FarmError.self) {
            try await FakePlatform(units: 1).withFarm(scenario) { _ in }
        }
        #expect(error?.kind == .unsupported(argument: "scenario") && error?.description == scenario.pipelineRefusal)
    }

    @Test("ends an episode of a fixed number of tasks when all have ended, failed ones with their reason")
    func finished() async throws {
        let fake = FakePlatform(units: 1, of: 4)
        fake.state.withLock { $0.end = { $0.ticket == 1 ? AttemptEnd(.failed("it will not"), .taken) : nil } }
        let phase = Arrivals.Phase(name: "all", seconds: 0.05, rate: .constant(100), tasks: 5)
        try await fake.withFarm(FakePlatform.scenario(arrivals: .phases([phase]))) { farm in
            _ = try await farm.reset(seed: Seed(1))
            var last: FarmWindow?
            while last?.end == nil { last = try await farm.advance(Staffing(4)) }
            #expect(last?.end == .finished)
            #expect(last?.metrics.totals.done == 4 && last?.metrics.totals.failureReasons == ["it will not": 1])
        }
    }

    @Test(
        "goes on after each kind of end but a fatal one, and counts attempts only where work was begun",
        arguments: [
            AttemptEnd(.collision, .nothing), AttemptEnd(.refused("not now"), .refused),
            AttemptEnd(.refused("away"), .away), AttemptEnd(.shortage("no files"), .nothing),
            AttemptEnd(.retry("died"), .taken),
        ])
    func ends(end: AttemptEnd) async throws {
        let fake = FakePlatform(units: 2, of: 2)
        let count = Mutex(0)
        fake.state.withLock {
            $0.end = { _ in
                count.withLock { count in
                    count += 1
                    return count % 4 == 2 ? end : nil
                }
            }
        }
        try await fake.withFarm(FakePlatform.scenario(rate: 60, steps: 8)) { farm in
            _ = try await farm.reset(seed: Seed(2))
            var last: FarmWindow?
            while last?.end == nil { last = try await farm.advance(Staffing(4)) }
            let totals = try #require(last).metrics.totals
            #expect(totals.isConserved && totals.failed == 0 && totals.done > 5, "\(totals)")
        }
    }

    @Test("ends with the reason of a fatal end, and will not begin again")
    func fatal() async throws {
        let fake = FakePlatform(units: 1)
        fake.state.withLock { $0.end = { _ in AttemptEnd(.fatal(reason: "login", message: "give a login"), .nothing) } }
        try await fake.withFarm { farm in
            _ = try await farm.reset(seed: Seed(3))
            var end: FarmEnd?
            for _ in 0..<9 where end == nil { end = try await farm.advance(Staffing(1)).end }
            #expect(end == .broken("give a login"))
            let error = await #expect(throws: FarmError.self) { _ = try await farm.reset(seed: Seed(3)) }
            #expect(error?.description == "give a login")
        }
    }

    @Test("counts a result that comes after its attempt was given up, and drops further ones")
    func late() async throws {
        let fake = FakePlatform(units: 1)
        fake.state.withLock { $0.end = { _ in AttemptEnd(.retry("nothing was heard"), .nothing) } }
        try await fake.withFarm(FakePlatform.scenario(attempts: 1_000)) { farm in
            _ = try await farm.reset(seed: Seed(4))
            while fake.state.withLock({ $0.calls.isEmpty }) { _ = try await farm.advance(Staffing(1)) }
            let attempt = try #require(fake.state.withLock { $0.calls.first })
            let done = AttemptEnd(.done, .taken, answer: WorkerAnswer(status: 200, seconds: 0.01))
            for _ in 0..<2 { await farm.take(.late(done, of: attempt)) }
            let metrics = try await farm.advance(Staffing(1)).metrics
            #expect(
                metrics.totals.done == 1 && metrics.stages.first.calls.duplicates == 1 && metrics.totals.isConserved)
        }
    }

    @Test("believes a platform that takes no more units, says it once, and goes on")
    func full() async throws {
        let fake = FakePlatform(units: 4, isSingle: true, of: nil)
        fake.state.withLock { $0.verdict = { unit, count in unit >= 2 && count > 0 ? .full("the licence") : nil } }
        try await fake.withFarm(FakePlatform.scenario(initial: 1)) { farm in
            _ = try await farm.reset(seed: Seed(5))
            var notes: [String] = []
            var last: WindowMetrics?
            for _ in 0..<5 {
                last = try await farm.advance(Staffing(4)).metrics
                notes += last?.notes ?? []
            }
            #expect(last?.desired == 2 && last?.ready == 2)
            #expect(notes.count { $0.contains("takes no more than 2 worker units") && $0.contains("licence") } == 1)
        }
    }

    @Test("tries again what failed, and ends with what is fatal", arguments: [false, true])
    func scaling(isFatal: Bool) async throws {
        let fake = FakePlatform(units: 1)
        fake.state.withLock {
            $0.verdict = { _, count in count < 3 ? nil : isFatal ? .fatal("no") : .failed(refusal: "busy") }
        }
        try await fake.withFarm { farm in
            _ = try await farm.reset(seed: Seed(6))
            let window = try await farm.advance(Staffing(3))
            if isFatal {
                var end = window.end
                for _ in 0..<5 where end == nil { end = try await farm.advance(Staffing(3)).end }
                #expect(end == .broken("no"))
                return
            }
            fake.state.withLock { $0.verdict = nil }
            var ready = 0
            for _ in 0..<15 where ready < 3 { ready = try await farm.advance(Staffing(3)).metrics.ready }
            #expect(ready == 3)
        }
    }

    @Test("units that come are used, the calls of one that goes end, and one that is back works again")
    func changes() async throws {
        let fake = FakePlatform(units: 1, isSingle: true, of: 1)
        try await fake.withFarm(FakePlatform.scenario(initial: 4)) { farm in
            let first = try await farm.reset(seed: Seed(7))
            #expect(first.desired == 1)
            func see(_ changes: [UnitChange], ready: Int) async throws {
                fake.state.withLock { $0.changes = changes }
                var last: WindowMetrics?
                for _ in 0..<20 where last?.ready != ready { last = try await farm.advance(Staffing(4)).metrics }
                #expect(last?.ready == ready && last?.totals.failed == 0)
            }
            try await see([.came(name: "b"), .came(name: "c")], ready: 3)
            try await see([.went(0), .noted(FarmNote(.capacity, "one has gone"))], ready: 2)
            try await see([.returned(0)], ready: 3)
            #expect(Set(fake.state.withLock { $0.calls }.map(\.worker)).isSuperset(of: ["b"]))
        }
    }

    @Test("tells of an outage when it has begun and when it has ended, and takes no words of one that is cancelled")
    func outage() async throws {
        let fake = FakePlatform(units: 1)
        try await fake.withFarm(FakePlatform.scenario(steps: 100)) { farm in
            _ = try await farm.reset(seed: Seed(8))
            var notes: [String] = []
            func go(until text: String) async throws {
                for _ in 0..<40 where !notes.contains(where: { $0.contains(text) }) {
                    notes += try await farm.advance(Staffing(1)).metrics.notes
                }
                #expect(notes.contains { $0.contains(text) }, "\(notes)")
            }
            fake.state.withLock { $0.lookFailure = WorkerLookFailure(.shortage, "no file") }
            try await go(until: "the fake could not be asked for its workers: no file")
            fake.state.withLock { $0.lookFailure = WorkerLookFailure(.unavailable, "gone") }
            try await go(until: "the fake does not tell of its workers, whose last counts stand: gone")
            fake.state.withLock { $0.lookFailure = nil }
            try await go(until: "the fake answers again")
            fake.state.withLock { $0.lookFailure = WorkerLookFailure(.fatal, "the login is wrong") }
            var end: FarmEnd?
            for _ in 0..<20 where end == nil { end = try await farm.advance(Staffing(1)).end }
            #expect(end == .broken("the login is wrong"))
        }
    }

    @Test("refuses what a live farm cannot do, naming the argument")
    func unsupported() async throws {
        let fake = FakePlatform(units: 1)
        var scenario = FakePlatform.scenario()
        scenario.work = .cpu
        for (scenario, speed) in [(scenario, 2.0), (FakePlatform.scenario(), 0), (FakePlatform.scenario(rate: 1e6), 1)]
        {
            await #expect(throws: FarmError.self) {
                _ = try await LiveFarm(
                    scenario: scenario, speed: speed, workers: FarmWorkers(scaler: fake, invoker: fake),
                    logger: Logger(label: "test"))
            }
        }
    }
}
