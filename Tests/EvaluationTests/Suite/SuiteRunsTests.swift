import Farm
import FarmEnvironments
import Gymnasium
import Synchronization
import Testing

@testable import Evaluation

@Suite("A suite's runs")
struct SuiteRunsTests {
    private func runs(_ policies: String) throws -> SuiteRuns {
        var demo = try Scenario.preset("demo")
        let tuning = demo
        demo.name = "demo-test"
        demo.deadline = DeadlineRule(factor: 0, min: 1.4, max: 1.4)
        var runs = SuiteRuns(
            [SuiteLoad(name: "demo", summary: "small", tuning: tuning, tests: [demo, tuning])], policies: policies)
        runs.episodes = 1
        return runs
    }

    @Test("Parameters are chosen on the tuning segment, and all play the same test episodes")
    func small() throws {
        var runs = try runs("static,static:4,queue-length,ratchet:qos=0.9")
        runs.isInSample = true
        let last = Mutex(-1.0)
        let result = try runs.run(progress: { done, all in
            last.withLock {
                #expect(Double(done) / Double(all) >= $0)
                $0 = Double(done) / Double(all)
            }
        })
        #expect(last.withLock { $0 } == 1)
        let load = try #require(result.loads.first)
        // Twenty windows: ten times as many episodes.
        #expect(load.rounds == 10)
        #expect(load.entries.map(\.asked) == ["static", "static:4", "queue-length", "ratchet:qos=0.9"])
        #expect(load.entries[0].played.hasPrefix("static:") && load.entries[1].played == "static:4")
        #expect(load.entries[2].played.hasPrefix("queue-length"))
        for entry in load.entries {
            #expect(
                entry.segments.map { $0.episodes.map(\.seed) }
                    == Array(repeating: Array(1_000_001..<1_000_011), count: 2))
        }
        // What was chosen on the test itself is no dearer than what was chosen elsewhere.
        let comparison = try SuiteComparison(result)
        let rows = try #require(comparison.loads.first?.policies).compactMap(\.self)
        #expect(try rows.prefix(3).allSatisfy { try #require($0.inSampleRatio).mean >= 1 })
        #expect(try #require(comparison.loads.first?.reference?.ratio).mean == 1)
    }

    @Test("Hindsight is no dearer than any policy in any round")
    func hindsight() throws {
        var runs = try runs("static:4,queue-length:target=1")
        (runs.hindsight, runs.isInSample) = (20, true)
        let load = try #require(try runs.run().loads.first)
        let best = load.costs(try #require(load.hindsight))
        for entry in load.entries + [load.inSample].compactMap(\.self) {
            #expect(zip(load.costs(entry), best).allSatisfy { $0 >= $1 - 1e-9 })
        }
    }

    @Test("Who is told the counts plays the test episodes, closes all of its gap, and has no part in a goal")
    func trueCounts() throws {
        var narrow = try runs("static:1,static:3").loads[0]
        narrow.tests[0].stages.first.workers.max = 6
        narrow.tests.removeLast()
        var runs = SuiteRuns([narrow], policies: "static:1,static:3")
        (runs.episodes, runs.tellsCounts) = (1, true)
        let last = Mutex(-1.0)
        let result = try runs.run(progress: { done, all in
            last.withLock {
                #expect(Double(done) / Double(all) >= $0)
                $0 = Double(done) / Double(all)
            }
        })
        let told = try #require(result.loads.first?.trueCounts)
        #expect(told.segments.map { $0.episodes.map(\.seed) } == [Array(1_000_001..<1_000_011)])
        let load = try #require(try SuiteComparison(result).loads.first)
        let row = try #require(load.yardsticks.first)
        #expect(row.asked == "true counts" && row.toTrueCounts == 1)
        #expect(try #require(row.ratio).mean < 1, "\(String(describing: row.ratio))")
        runs.goal = try Goal("qos>=0.5")
        #expect(try runs.run().loads.first?.trueCounts == nil)
    }

    @Test("With a goal it is the cheapest parameters that keep it")
    func goal() throws {
        var runs = try runs("static")
        runs.goal = try Goal("qos>=0.99")
        let row = try #require(try SuiteComparison(try runs.run()).loads.first?.policies.first ?? nil)
        #expect(row.metrics[.qos].mean > 0.97 && row.standing != nil)
        runs.goal = try Goal("qos>=0.5")
        let cheap = try #require(try SuiteComparison(try runs.run()).loads.first?.policies.first ?? nil)
        #expect(cheap.cost.mean < row.cost.mean)
    }

    @Test("Nothing to compare is refused")
    func refusals() throws {
        #expect(throws: EvaluationError.noLoads) { try SuiteRuns([]).run() }
        #expect(throws: EvaluationError.duplicatePolicy(policy: "static")) { try runs("static,static").run() }
        #expect(throws: (any Error).self) { try runs("statik").run() }
    }

    @Test("Two of the standard loads, at a small size")
    func standard() throws {
        var runs = SuiteRuns(
            try SuiteLoad.named(["flash", "shuffled"]), policies: "static:20,target-utilisation:target=0.6")
        runs.episodes = 1
        let result = try runs.run()
        #expect(result.loads.map(\.rounds) == [1, 10])
        #expect(result.loads[0].segments.map(\.scenario) == ["suite-flash-a@1", "suite-flash-b@1", "suite-flash-c@1"])
        #expect(try SuiteComparison(result).totals.allSatisfy { $0.ratio != nil })
    }
}
