import FarmEnvironments
import Gymnasium
import Testing

@testable import Evaluation

@Suite struct TextTableTests {
    @Test("columns are aligned, rows are policies, and no line is wider than its rule")
    func aligned() throws {
        let lines = TextTable().text(try Comparison(Fixtures.evaluation())).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "paper-as-run@1, simulated, 20 episodes, seeds 100 to 119")
        #expect(lines[2].hasPrefix("policy ") && lines[2].contains("QoS (%)") && lines[2].contains("response p95 (s)"))
        #expect(lines[4].hasPrefix("ppo  "))
        #expect(lines[7].isEmpty && lines[8].hasPrefix("static:12 "))
        let rows = lines[4...6] + lines[8...13]
        #expect(rows.allSatisfy { $0.count == lines[3].count })
        // Each column has one form in all its rows.
        #expect(Set(rows.map { $0.count { $0 == "±" } }).count == 1)
    }

    @Test("known numbers: percent, half widths, differences with their ends and a star")
    func numbers() throws {
        let result = EvaluationResult(
            scenario: "s", episodes: 3, seed: 100, action: "paper",
            policies: [
                Fixtures.policy("a", qos: [0.9, 0.9, 0.9], workers: [12, 12, 12]),
                Fixtures.policy("b", qos: [0.9, 0.9, 0.9], workers: [13.5, 13.5, 13.5]),
            ], baseline: "a")
        let text = TextTable(metrics: [.qos, .meanWorkers], differences: [.qos, .meanWorkers]).text(
            try Comparison(result))
        #expect(
            text == """
                s, simulated, 3 episodes, seeds 100 to 102

                policy       QoS (%)  paid workers
                ──────  ────────────  ────────────
                a       90.00 ± 0.00  12.00 ± 0.00
                b       90.00 ± 0.00  13.50 ± 0.00

                minus a        QoS (points)           paid workers
                ───────  ──────────────────  ─────────────────────
                b        0.00 [0.00, 0.00]   +1.50 [+1.50, +1.50]*

                simulated: 3 episodes of each policy, seeds 100 to 102, the same for all; action paper
                95 % intervals: BCa bootstrap, small-sample expansion, 4000 resamples of episodes, drawn jointly over policies
                ±: half of the interval's width; [low, high]: its ends, where it reaches further one way
                differences: policy minus a, seed by seed
                *: the interval excludes zero

                """)
    }

    @Test("one episode: no intervals, and a line that says why")
    func oneEpisode() throws {
        let result = EvaluationResult(
            scenario: "s", episodes: 1, seed: 100, action: "paper",
            policies: [Fixtures.policy("a", qos: [0.9], workers: [12])])
        let text = TextTable().text(try Comparison(result))
        #expect(text.contains("single episode") && !text.contains("±") && text.contains("90.00"))
    }

    @Test("a lopsided interval is told by its ends, in its whole column, and the lower bound tells what it has")
    func lopsided() throws {
        var result = EvaluationResult(
            scenario: "s", episodes: 8, seed: 100, action: "paper",
            policies: [
                Fixtures.policy("a", qos: [0, 0, 0, 0, 0, 0, 0, 0.3], workers: Array(repeating: 12, count: 8)),
                Fixtures.policy("b", qos: Array(repeating: 0.9, count: 8), workers: Array(repeating: 13, count: 8)),
            ])
        result.yardsticks.lowerBound = Fixtures.policy(
            "bound", qos: Array(repeating: 1, count: 8), workers: Array(repeating: 9, count: 8))
        let text = TextTable(metrics: [.qos, .meanWorkers, .maxWorkers]).text(try Comparison(result))
        let rows = text.split(separator: "\n").filter { ["a ", "b ", "lo"].contains($0.prefix(2)) }
        #expect(rows[0].contains("3.75 [0.00, ") && rows[0].contains("12.00 ± 0.00"))
        #expect(rows[1].contains("90.00 [90.00, 90.00]"))
        #expect(rows[2].split(separator: " ").suffix(4) == ["9.00", "±", "0.00", "-"])
    }

    @Test("repetitions of one workload have no intervals and no stars, and the heading says so")
    func oneWorkload() throws {
        var result = Fixtures.evaluation()
        result.isOneWorkload = true
        let text = TextTable().text(try Comparison(result))
        #expect(text.hasPrefix("paper-as-run@1, simulated, 20 repetitions of one workload, seeds 100 to 119\n"))
        #expect(!text.contains("±") && !text.contains("*") && !text.contains("[") && text.contains("no intervals"))
        let mean = result.policies[0].episodes.map(\.qos).reduce(0, +) / 20
        #expect(abs(try Comparison(result).policies[0].metrics[.qos].mean - mean) < 1e-12)
    }

    @Test("a live farm is called live, with its place and speed; what it does not measure has no column")
    func live() throws {
        var result = Fixtures.evaluation()
        result.provenance = .live(backend: "openfaas", speed: 2)
        result.measured = FarmSession.measured
        result.notes = ["calls take 20 ms"]
        let text = TextTable().text(try Comparison(result))
        #expect(text.hasPrefix("paper-as-run@1, live (openfaas, speed 2), 20 episodes, seeds 100 to 119\n"))
        #expect(!text.contains("response p95") && text.contains("the farm says: calls take 20 ms"))
        let json = JSONReport.text(try Comparison(result))
        #expect(json.contains("\"provenance\": \"live\"") && json.contains("\"backend\": \"openfaas\""))
        #expect(!json.contains("response_time_p95"))
    }

    @Test("a table that is wider than the terminal goes on below itself, no line wider than it")
    func narrow() throws {
        let comparison = try Comparison(Fixtures.evaluation())
        let text = TextTable(width: 100).text(comparison)
        let tables = text.split(separator: "\n").filter { $0.contains("─") || $0.hasPrefix("ppo") }
        #expect(tables.allSatisfy { $0.count <= 100 })
        for metric in TextTable.usualMetrics { #expect(text.contains(MetricText(metric).title)) }
    }

    @Test("names can not break lines or steer the terminal")
    func controls() throws {
        var result = Fixtures.evaluation(episodes: 2)
        result.policies[0].policy = "evil\u{1B}[2J\nrow"
        let text = TextTable().text(try Comparison(result, resamples: 100))
        #expect(text.contains("evil\u{FFFD}[2J\u{FFFD}row") && !text.contains("\u{1B}"))
    }

    @Test("seeds that do not follow each other are listed")
    func seeds() {
        #expect(MethodText.seeds([7]) == "seed 7")
        #expect(MethodText.seeds([7, 8, 9]) == "seeds 7 to 9")
        #expect(MethodText.seeds([7, 9, 8]) == "seeds 7, 9, 8")
        #expect(MethodText.seeds(Array(stride(from: 0, to: 40, by: 2))) == "seeds 0, 2, 4, 6, 8, 10, 12, 14 … 38")
        #expect(MethodText.seeds([.max, 0]) == "seeds 18446744073709551615, 0")
    }
}
