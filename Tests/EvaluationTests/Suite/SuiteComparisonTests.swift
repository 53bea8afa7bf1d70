import Farm
import FarmEnvironments
import Testing

@testable import Evaluation

@Suite("A suite's arithmetic, on results made by hand")
struct SuiteComparisonTests {
    /// Costs of two rounds on two segments, of which the second counts tenfold.
    private static func entry(_ text: String, _ costs: [[Double]], qos: Double = 0.9, asked: String? = nil)
        -> SuiteEntry
    {
        SuiteEntry(
            asked: asked ?? text, played: text,
            segments: costs.enumerated().map { segment, costs in
                PolicyResult(
                    policy: text,
                    episodes: costs.enumerated().map { round, cost in
                        Fixtures.episode(
                            UInt64(round), qos: qos, workers: cost, reward: 0 - cost / (segment == 0 ? 1 : 10))
                    })
            })
    }

    private static func load(_ name: String, goal: Goal? = nil, _ entries: [SuiteEntry]) -> SuiteLoadResult {
        let segments = [1.0, 10].map {
            SuiteLoadResult.Segment(scenario: "s@1", windows: 300, scale: goal == nil ? $0 : nil)
        }
        return SuiteLoadResult(
            load: name, summary: "by hand", tuning: "t@1", segments: segments, rounds: 2, entries: entries, goal: goal)
    }

    private static func result(_ loads: [SuiteLoadResult], goal: Goal? = nil) -> SuiteResult {
        SuiteResult(
            loads: loads, policies: loads[0].entries.map(\.asked), reward: RewardWeights(), goal: goal, seed: 1,
            seconds: 2)
    }

    @Test(
        "Costs are summed over the segments in units of missed tasks, and the cheapest operators' rule is the measure")
    func ratios() throws {
        var load = Self.load(
            "one",
            [
                Self.entry("static:4", [[100, 120], [200, 180]], asked: "static"),
                Self.entry("queue-length", [[50, 70], [100, 80]]), Self.entry("mine", [[25, 35], [50, 40]]),
            ])
        load.hindsight = Self.entry("hindsight", [[20, 20], [40, 40]], qos: 0.99)
        load.inSample = Self.entry("static:3", [[60, 60], [60, 60]], asked: "best in-sample")
        #expect(load.costs(load.entries[0]) == [300, 300])
        let comparison = try SuiteComparison(Self.result([load]))
        let table = try #require(comparison.loads.first)
        #expect(table.reference?.asked == "queue-length")
        let rows = table.policies.compactMap(\.self)
        #expect(rows.map { $0.ratio?.mean } == [2, 1, 0.5])
        #expect(rows.map { $0.inSampleRatio?.mean } == [2.5, 1.25, 0.625])
        #expect(rows.map(\.cost.mean) == [150, 75, 37.5])
        // From 150 to 60: 90 are all there is to gain; mine gains 75, the fixed number loses 150.
        #expect(rows.map { $0.toHindsight.map { ($0 * 90).rounded() } } == [-150, 0, 75])
        #expect(rows.allSatisfy { $0.toTrueCounts == nil && $0.standing == nil })
        #expect(abs(try #require(table.unavoidable) - 0.01) < 1e-12)
        // In each round mine is half as dear: nothing is left open.
        #expect(rows[2].ratio?.low == 0.5 && rows[2].ratio?.high == 0.5)
    }

    @Test("The share of the gap to the true counts that each policy closes is in every report")
    func trueCounts() throws {
        var load = Self.load(
            "one", [Self.entry("static:4", [[50, 70], [100, 80]]), Self.entry("mine", [[40, 60], [60, 40]])])
        load.trueCounts = Self.entry("true counts", [[30, 30], [20, 20]])
        let comparison = try SuiteComparison(Self.result([load]))
        let table = try #require(comparison.loads.first)
        // From 150 to 50: 100 are to gain, and mine gains 50 of them.
        #expect(table.policies.map { $0?.toTrueCounts } == [0, 0.5])
        #expect(table.yardsticks.map(\.toTrueCounts) == [1])
        let text = SuiteText().text(comparison)
        #expect(text.contains("to true counts (%)") && text.contains("  true counts"))
        #expect(SuitePage.text(comparison).contains("to true counts (%)"))
        #expect(SuiteJSON.text(comparison).contains("\"to_true_counts\": 0.5"))
        let rows = SuiteCSV.text(comparison.result).split(separator: "\n")
        #expect(rows.count == 1 + 3 * 2 * 2)
        #expect(rows.last?.hasPrefix("one,s@1,yardstick,true counts,true counts,1,") == true)
    }

    @Test("All loads together are the geometric mean, and nothing for a policy that does not play one of them")
    func totals() throws {
        let one = Self.load(
            "one", [Self.entry("static:4", [[1, 1], [1, 1]]), Self.entry("mine", [[4, 4], [4, 4]])])
        var two = Self.load(
            "two", [Self.entry("static:4", [[2, 2], [2, 2]]), Self.entry("mine", [[2, 2], [2, 2]])])
        let both = try SuiteComparison(Self.result([one, two]))
        #expect(both.totals.map { $0.ratio?.mean.rounded() } == [1, 2])
        two.entries[1].refusal = "other bounds"
        let less = try SuiteComparison(Self.result([one, two]))
        #expect(less.totals.map { $0.ratio == nil } == [false, true])
        #expect(less.loads[1].policies.map { $0 == nil } == [false, true])
    }

    @Test("With a goal worker-seconds count, and the measure is the cheapest rule that keeps it")
    func goals() throws {
        let goal = try Goal("qos>=0.95")
        let load = Self.load(
            "one", goal: goal,
            [
                Self.entry("static:4", [[4, 4], [4, 4]], qos: 0.9),
                Self.entry("static:8", [[8, 8], [8, 8]], qos: 0.97),
                Self.entry("mine", [[6, 6], [6, 6]], qos: 0.96),
            ])
        let comparison = try SuiteComparison(Self.result([load], goal: goal))
        let table = try #require(comparison.loads.first)
        #expect(table.reference?.played == "static:8")
        #expect(table.policies.map { $0?.standing } == [.missed, .kept, .kept])
        #expect(table.policies.map { $0?.ratio?.mean } == [0.5, 1, 0.75])
    }

    @Test("Rounds that differ leave the ratio open, and equal results have equal statistics")
    func intervals() throws {
        let load = Self.load(
            "one", [Self.entry("static:4", [[10, 20], [10, 20]]), Self.entry("mine", [[12, 15], [12, 15]])])
        let comparison = try SuiteComparison(Self.result([load]))
        let ratio = try #require(comparison.loads.first?.policies.last??.ratio)
        #expect(ratio.mean == 0.9 && ratio.low < 0.9 && ratio.high > 0.9)
        #expect(try SuiteComparison(Self.result([load])).totals == comparison.totals)
        #expect(throws: EvaluationError.noLoads) { try SuiteComparison(Self.result([load]).without()) }
    }

    @Test("Reports have every policy, the measure's mark and the run's time; nothing is told of what was not asked for")
    func reports() throws {
        let load = Self.load(
            "one", [Self.entry("static:4", [[10, 20], [10, 20]]), Self.entry("<mine>", [[12, 15], [12, 15]])])
        let comparison = try SuiteComparison(Self.result([load]))
        let text = SuiteText().text(comparison)
        #expect(text.contains("◆ static:4") && text.contains("  <mine>") && text.contains("it took 2 s"))
        #expect(!text.contains("hindsight") && !text.contains("in-sample"))
        #expect(SuiteText(width: 60).text(comparison).split(separator: "\n").count > text.split(separator: "\n").count)
        let page = SuitePage.text(comparison)
        #expect(page.contains("&lt;mine&gt;") && !page.contains("<mine>"))
        #expect(SuiteJSON.text(comparison).contains("\"best_rule\": \"static:4\""))
        let rows = SuiteCSV.text(comparison.result).split(separator: "\n")
        #expect(rows.count == 1 + 2 * 2 * 2)
        #expect(rows[1].hasPrefix("one,s@1,policy,static:4,static:4,0,10.0,"))
    }
}

extension SuiteResult {
    fileprivate func without() -> SuiteResult {
        var result = self
        result.loads = []
        return result
    }
}
