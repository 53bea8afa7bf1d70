import Testing

@testable import Evaluation

@Suite struct PairedDifferenceTests {
    private let harder = Fixtures.policy("a", qos: [0.90, 0.95, 0.99, 0.97], workers: [14, 15, 16, 14])

    @Test("identical episodes differ by exactly 0, with the interval [0, 0], in every metric")
    func identical() throws {
        var other = harder
        other.policy = "b"
        for metric in Metric.allCases {
            let difference = try PairedDifference(of: other, to: harder, in: metric)
            #expect(difference.interval == Interval(mean: 0, low: 0, high: 0, sd: 0))
            #expect(!difference.excludesZero)
        }
    }

    @Test("a constant difference is found without doubt, however much the episodes vary")
    func constant() throws {
        let dearer = Fixtures.policy("b", qos: [0.90, 0.95, 0.99, 0.97], workers: [16, 17, 18, 16])
        let difference = try PairedDifference(of: dearer, to: harder, in: .meanWorkers)
        #expect(difference.interval == Interval(mean: 2, low: 2, high: 2, sd: 0))
        #expect(difference.excludesZero)
    }

    @Test("pairing makes intervals narrower than those of the policies themselves")
    func narrower() throws {
        let (a, b) = (
            Fixtures.noisy("a", qos: 0.95, workers: 14, episodes: 50, noise: 1),
            Fixtures.noisy("b", qos: 0.95, workers: 14, episodes: 50, noise: 2)
        )
        let difference = try PairedDifference(of: a, to: b, in: .qos).interval
        let alone = try Interval(ofMean: a.episodes.map(\.qos))
        #expect(difference.halfWidth < alone.halfWidth / 2)
        #expect(!difference.excludesZero)
    }

    @Test("other seeds, another order, another number: errors that name the episode")
    func unpaired() {
        var swapped = harder
        swapped.policy = "b"
        swapped.episodes.swapAt(1, 2)
        #expect(throws: EvaluationError.unpaired(policy: "b", other: "a", index: 1, got: 102, expected: 101)) {
            try PairedDifference(of: swapped, to: harder, in: .qos)
        }
        var fewer = harder
        fewer.policy = "c"
        fewer.episodes.removeLast()
        #expect(throws: EvaluationError.episodeCount(policy: "c", got: 3, expected: 4)) {
            try PairedDifference(of: fewer, to: harder, in: .qos)
        }
    }
}
