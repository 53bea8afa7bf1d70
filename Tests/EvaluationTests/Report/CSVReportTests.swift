import Testing

@testable import Evaluation

@Suite struct CSVReportTests {
    @Test("a header, then a row an episode and policy, yardsticks and line included")
    func rows() {
        let result = Fixtures.evaluation(episodes: 4)
        let lines = CSVReport.text(result).split(separator: "\n")
        #expect(lines.count == 1 + 4 * (3 + 6 + 2))
        #expect(lines[0].hasPrefix("group,policy,seed,qos,paper_qos,mean_workers,"))
        #expect(lines[0].split(separator: ",").count == 4 + Metric.allCases.count)
        #expect(lines[1].hasPrefix("policy,ppo,100,\(result.policies[0].episodes[0].qos),"))
        #expect(lines[13].hasPrefix("fixed_line,static:12,100,"))
        #expect(lines.last?.hasPrefix("lower_bound,relaxed,103,") == true)
        #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",simulated") })
    }

    @Test("numbers come back to the last digit")
    func digits() throws {
        let result = Fixtures.evaluation(episodes: 2)
        let fields = CSVReport.text(result).split(separator: "\n")[2].split(separator: ",")
        let numbers = fields.dropFirst(3).dropLast().map { Double($0) }
        #expect(numbers == Metric.allCases.map { result.policies[0].episodes[1][$0] })
    }

    @Test("names with commas, quotes and line ends are quoted")
    func quoting() {
        var result = Fixtures.evaluation(episodes: 1)
        #expect(CSVReport.text(result).contains("\npolicy,\"queue-length:target=5,floor=2\",100,"))
        result.policies[0].policy = "say \"hi\"\r\n"
        #expect(CSVReport.text(result).contains("\npolicy,\"say \"\"hi\"\"\r\n\",100,"))
    }
}
