import Testing

@testable import Evaluation

@Suite struct FixedLineDistanceTests {
    private func constant(_ name: String, qos: Double, workers: Double) -> PolicyResult {
        Fixtures.policy(name, qos: [qos, qos, qos], workers: [workers, workers, workers])
    }

    @Test("known numbers: half way between 12 and 14 workers for 11.7 saves a tenth")
    func known() throws {
        let distance = try FixedLineDistance(line: [
            constant("static:12", qos: 0.9, workers: 12), constant("static:14", qos: 1, workers: 14),
        ])
        let saving = try #require(try distance.saving(of: constant("p", qos: 0.95, workers: 11.7)))
        #expect(abs(saving.mean - 10) < 1e-9)
        #expect(abs(saving.low - 10) < 1e-9 && abs(saving.high - 10) < 1e-9)
        let dearer = try #require(try distance.saving(of: constant("q", qos: 0.95, workers: 14.3)))
        #expect(abs(dearer.mean + 10) < 1e-9)
    }

    @Test("a fixed number of workers that is of the line saves exactly nothing, with an interval about it")
    func itself() throws {
        let line = Fixtures.fixedLine(episodes: 60)
        let saving = try #require(try FixedLineDistance(line: line).saving(of: line[2]))
        #expect(saving.mean == 0)
        #expect(!saving.excludesZero)
    }

    @Test("a policy that saves 10 % of paid time is found to, with an interval that excludes zero")
    func clear() throws {
        let line = Fixtures.fixedLine(episodes: 60)
        let policy = Fixtures.noisy("ppo", qos: 0.986, workers: 13.5, episodes: 60, noise: 77)
        let saving = try #require(try FixedLineDistance(line: line).saving(of: policy))
        #expect(saving.low > 8 && saving.high < 12 && saving.low < saving.mean && saving.mean < saving.high)
    }

    @Test("shared luck cancels: the interval is narrower than that of the policy's paid time alone")
    func joint() throws {
        let spread = (0..<30).map { 1 + 0.2 * Double($0 % 5 - 2) }
        func scaled(_ name: String, qos: Double, workers: Double) -> PolicyResult {
            Fixtures.policy(name, qos: spread.map { _ in qos }, workers: spread.map { workers * $0 })
        }
        let distance = try FixedLineDistance(line: [
            scaled("static:12", qos: 0.9, workers: 12), scaled("static:14", qos: 1, workers: 14),
        ])
        let saving = try #require(try distance.saving(of: scaled("p", qos: 0.95, workers: 11.7)))
        #expect(abs(saving.mean - 10) < 1e-9 && saving.high - saving.low < 1e-9)
    }

    @Test("where the line does not reach, or hardly does, there is no distance")
    func beyond() throws {
        let line = Fixtures.fixedLine(episodes: 40)
        let distance = try FixedLineDistance(line: line)
        #expect(try distance.saving(of: constantly(0.9999, 40)) == nil)
        #expect(try distance.saving(of: constantly(0.5, 40)) == nil)
        let top = Sample.mean(line[5].values(.qos))
        #expect(try distance.saving(of: constantly(top - 1e-6, 40)) == nil)
    }

    @Test("a line of other seeds, or none, is refused")
    func refused() {
        let other = Fixtures.policy("static:13", qos: [0.9, 0.9, 0.9], workers: [13, 13, 13], firstSeed: 5)
        #expect(
            throws: EvaluationError.unpaired(policy: "static:13", other: "static:12", index: 0, got: 5, expected: 100)
        ) {
            try FixedLineDistance(line: [constant("static:12", qos: 0.9, workers: 12), other])
        }
        #expect(throws: EvaluationError.noPolicies) { try FixedLineDistance(line: []) }
    }

    private func constantly(_ qos: Double, _ count: Int) -> PolicyResult {
        Fixtures.policy("p", qos: Array(repeating: qos, count: count), workers: Array(repeating: 13, count: count))
    }
}
