import Farm
import Testing

@testable import FarmEnvironments

struct PaperRewardTests {
    private func terms(_ metrics: WindowMetrics, end: FarmEnd? = nil) -> [String: Double] {
        var terms: [String: Double] = [:]
        RewardScheme.paper.forEachTerm(metrics, end: end, scale: FarmScale(.paperSized)) { terms[$0] = $1 }
        return terms
    }

    private func reward(_ metrics: WindowMetrics, end: FarmEnd? = nil) -> Double {
        terms(metrics, end: end).values.reduce(0, +)
    }

    private func near(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

    @Test func aCalmStepIsWorthFivePointFour() {
        #expect(near(reward(.calm()), 5.40))
    }

    @Test func termNamesAreTheDocumentedOnes() {
        #expect(terms(.calm()).keys.sorted() == PaperReward.names.sorted())
    }

    @Test func anOverloadedStepThatScalesUp() {
        var metrics = WindowMetrics.calm()
        metrics.stages.first.queueLength = 60
        (metrics.met, metrics.missed) = (8, 2)
        metrics.stages.first.workers.appliedDelta = 1
        // 36 · (0.8 − 0.95) − 2.5 · 1² − 0.08 + 5.5
        #expect(near(reward(metrics), -5.4 - 2.5 - 0.08 + 5.5))
    }

    @Test func aQuietStepThatScalesDownFromTooMany() {
        var metrics = WindowMetrics.calm(ready: 20)
        metrics.stages.first.workers.appliedDelta = -1
        // 1.8 − 0.05 · 6 − 0.08 + 0.1 + 3.6
        #expect(near(reward(metrics), 1.8 - 0.3 - 0.08 + 0.1 + 3.6))
    }

    @Test func scalingUpWithoutNeedOnlyCosts() {
        var metrics = WindowMetrics.calm()
        metrics.stages.first.workers.appliedDelta = 1
        #expect(near(reward(metrics), 5.4 - 0.08))
    }

    @Test func thresholdsAreWhereTheCodeHasThem() {
        var metrics = WindowMetrics.calm(ready: 20)
        metrics.stages.first.queueLength = 8
        #expect(near(terms(metrics)["excess"] ?? 0, -0.3))
        metrics.stages.first.queueLength = 9
        #expect(terms(metrics)["excess"] == 0)
        metrics.stages.first.queueLength = 15
        #expect(near(terms(metrics)["calm"] ?? 0, 3.6))
        metrics.stages.first.queueLength = 16
        #expect(terms(metrics)["calm"] == 0)
        metrics.stages.first.queueLength = 30
        #expect(terms(metrics)["backlog"] == 0)
    }

    @Test func terminalTerms() {
        var metrics = WindowMetrics.calm()
        metrics.totals.done = 1_130
        #expect(terms(metrics, end: .horizon)["terminal"] == -20)
        metrics.totals.done = 100
        #expect(terms(metrics, end: .horizon)["terminal"] == -60)
        metrics.totals.done = 1_140
        #expect(terms(metrics, end: .horizon)["terminal"] == 0)
        #expect(terms(metrics, end: .finished)["terminal"] == 8)
        #expect(terms(metrics, end: .broken("gone"))["terminal"] == 0)
        #expect(terms(metrics)["terminal"] == 0)
    }
}
