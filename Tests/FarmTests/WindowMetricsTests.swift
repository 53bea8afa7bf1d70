import Testing

@testable import Farm

struct WindowMetricsTests {
    @Test("A window's QoS is over the tasks decided in it, 1 when none was")
    func windowQoS() {
        var metrics = WindowMetrics()
        #expect(metrics.qos == 1)
        metrics.missed = 1
        #expect(metrics.qos == 0)
        metrics.met = 3
        #expect(metrics.qos == 0.75)
    }

    @Test("A window at rest says nothing of times it has not seen")
    func atRest() {
        let metrics = WindowMetrics()
        #expect(metrics.stages.first.serviceTimeMean == nil && metrics.stages.first.serviceTimeP95 == nil)
        #expect(
            metrics.responseTimeMean == nil && metrics.responseTimeMax == nil
                && metrics.stages.first.overheadMean == nil)
        #expect(metrics.totals.isConserved)
    }

    @Test("An episode's QoS is over all emitted tasks: the undecided are missed")
    func episodeQoS() {
        var totals = TaskTotals()
        #expect(totals.qos == 1)
        totals.emitted = 10
        totals.met = 4
        totals.missed = 1
        #expect(totals.qos == 0.4)
    }

    @Test("The books balance only if every emitted task is somewhere, and every failure has a reason")
    func conservation() {
        var totals = TaskTotals()
        totals.emitted = 10
        totals.queued = 3
        totals.running = 2
        totals.done = 4
        #expect(!totals.isConserved)
        totals.failed = 1
        #expect(!totals.isConserved)
        totals.failureReasons["attempts used up"] = 1
        #expect(totals.isConserved)
        totals.done += 1
        #expect(!totals.isConserved)
    }

    @Test("Errors say where and why")
    func errors() {
        #expect(ScenarioError(file: "a.yaml", line: 3, reason: "no").description == "a.yaml:3: no")
        #expect(ScenarioError(file: "a.yaml", line: 0, reason: "no").description == "a.yaml: no")
        #expect("\(FarmError(.busy, "all pools are taken"))" == "all pools are taken")
    }
}
