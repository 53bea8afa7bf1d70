import Testing

@testable import Evaluation

@Suite struct TextTableTests {
    @Test("columns are aligned, rows are policies, and no line is wider than its rule")
    func aligned() throws {
        let lines = TextTable().text(try Comparison(Fixtures.evaluation())).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "paper-as-run@1")
        #expect(lines[2].hasPrefix("policy ") && lines[2].contains("QoS (%)") && lines[2].contains("response p95 (s)"))
        #expect(lines[4].hasPrefix("ppo  "))
        #expect(lines[7].isEmpty && lines[8].hasPrefix("static:12 "))
        let rows = lines[4...6] + lines[8...13]
        #expect(rows.allSatisfy { $0.count == lines[3].count })
        #expect(Set(rows.map { $0.split(separator: "±").count }) == [8])
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
                s

                policy       QoS (%)  paid workers
                ──────  ────────────  ────────────
                a       90.00 ± 0.00  12.00 ± 0.00
                b       90.00 ± 0.00  13.50 ± 0.00

                minus a        QoS (points)           paid workers
                ───────  ──────────────────  ─────────────────────
                b        0.00 [0.00, 0.00]   +1.50 [+1.50, +1.50]*

                3 episodes of each policy, seeds 100 to 102, the same for all; action paper
                95 % intervals: BCa bootstrap, small-sample expansion, 4000 resamples of episodes, drawn jointly over policies
                ±: half of the interval's width
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
