import Foundation
import Testing

@testable import Evaluation

@Suite struct JSONReportTests {
    private struct Parsed: Decodable {
        var scenario: String
        var episodes: Int
        var seed: UInt64
        var action: String
        var baseline: String?
        var policies: [[String: Entry]]
        var fixed_line: [[String: Entry]]
    }

    private enum Entry: Decodable {
        case text(String)
        case interval([String: Double])
        case difference([String: [String: Double]])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let interval = try? container.decode([String: Double].self) {
                self = .interval(interval)
            } else {
                self = .difference(try container.decode([String: [String: Double]].self))
            }
        }

        var interval: [String: Double]? { if case .interval(let interval) = self { interval } else { nil } }
        var difference: [String: [String: Double]]? {
            if case .difference(let difference) = self { difference } else { nil }
        }
        var text: String? { if case .text(let text) = self { text } else { nil } }
    }

    private func parsed(_ result: EvaluationResult) throws -> (Parsed, Comparison) {
        let comparison = try Comparison(result, resamples: 500)
        return (try JSONDecoder().decode(Parsed.self, from: Data(JSONReport.text(comparison).utf8)), comparison)
    }

    @Test("it parses back to the numbers of the comparison, every digit")
    func roundTrip() throws {
        let (parsed, comparison) = try parsed(Fixtures.evaluation())
        #expect(parsed.scenario == "paper-as-run@1" && parsed.episodes == 20 && parsed.seed == 100)
        #expect(parsed.action == "delta:1" && parsed.baseline == "ratchet")
        #expect(parsed.policies.count == 3 && parsed.fixed_line.count == 6)
        for (entries, summary) in zip(parsed.policies + parsed.fixed_line, comparison.policies + comparison.fixedLine) {
            #expect(entries["policy"]?.text == summary.policy)
            for metric in Metric.allCases {
                let interval = summary.metrics[metric]
                let expected = ["mean": interval.mean, "low": interval.low, "high": interval.high, "sd": interval.sd]
                #expect(entries[metric.name]?.interval == expected)
            }
        }
        let ppo = comparison.policies[0]
        let difference = try #require(parsed.policies[0]["difference"]?.difference)
        #expect(Set(difference.keys) == Set(Metric.allCases.map(\.name)))
        #expect(difference["reward"]?["low"] == ppo.difference?[.reward].interval.low)
        #expect(parsed.policies[0]["over_fixed_line"]?.interval?["mean"] == ppo.overFixedLine?.mean)
        #expect(parsed.policies[0]["to_hindsight"]?.interval?["high"] == ppo.toHindsight?.high)
        #expect(parsed.policies[0]["to_lower_bound"]?.interval?["mean"] == ppo.toLowerBound?.mean)
        #expect(parsed.policies[1]["difference"] == nil)
    }

    @Test("what a policy has no value for has no key, and no baseline is null")
    func optional() throws {
        let result = EvaluationResult(
            scenario: "s", episodes: 1, seed: .max, action: "paper",
            policies: [Fixtures.policy("p", qos: [0.9], workers: [12], firstSeed: .max)])
        let (parsed, comparison) = try parsed(result)
        #expect(parsed.baseline == nil && parsed.seed == .max && parsed.fixed_line.isEmpty)
        #expect(parsed.policies[0].count == 1 + Metric.allCases.count)
        #expect(JSONReport.text(comparison).contains("\"baseline\": null"))
    }

    @Test("identical policies differ by exactly 0")
    func identical() throws {
        var result = Fixtures.evaluation()
        result.policies[0].episodes = result.policies[1].episodes
        let difference = try #require(try parsed(result).0.policies[0]["difference"]?.difference)
        #expect(difference.values.allSatisfy { $0 == ["mean": 0, "low": 0, "high": 0] })
    }

    @Test("keys are in the documented order")
    func order() throws {
        let text = JSONReport.text(try Comparison(Fixtures.evaluation(), resamples: 100))
        let keys =
            ["scenario", "episodes", "seed", "action", "baseline", "policies", "policy"] + Metric.allCases.map(\.name)
        let more = ["difference", "over_fixed_line", "to_hindsight", "to_lower_bound", "fixed_line"]
        let places = (keys + more).map { text.range(of: "\"\($0)\":")?.lowerBound }
        #expect(!places.contains(nil))
        let found = places.compactMap(\.self)
        #expect(found == found.sorted())
    }

    @Test("any name survives: quotes, backslashes, line ends, controls, emoji")
    func escaping() throws {
        var result = Fixtures.evaluation(episodes: 2)
        let name = "a\"b\\c\n\r\t\u{0}\u{1F}</script>é😀"
        result.policies[0].policy = name
        #expect(try parsed(result).0.policies[0]["policy"]?.text == name)
    }
}
