import Farm
import Testing

@testable import Steering

/// What policies are shown of a source that does not tell everything.
@Suite struct EstimatesTests {
    private func window(_ ready: Int, _ change: (inout Sighting) -> Void) -> WindowMetrics {
        var sighting = Sighting(time: 100, seconds: 10)
        change(&sighting)
        return WindowMetrics(
            sighting, workers: WorkersSeen(time: 100, asked: ready, ready: ready), asked: ready, begun: 0, now: 100,
            step: 1, staleAfter: 30)
    }

    /// Of a gateway's metrics: all but queue, ages and the work alone.
    private func gateway(_ ready: Int, arrivals: Int, running: Int, response: Double) -> WindowMetrics {
        window(ready) {
            ($0.arrivals, $0.completions, $0.running, $0.responseSeconds) = (arrivals, arrivals, running, response)
        }
    }

    @Test func callsBeyondTheWorkersAreAQueue() {
        let metrics = gateway(4, arrivals: 20, running: 10, response: 3)
        #expect(metrics.queueLength == 6 && metrics.running == 4)
        #expect(metrics.oldestAge == 3)
        #expect(metrics.stages.first.utilisation == 1)
        #expect(metrics.estimates == [.queue, .oldestAge, .utilisation])
        #expect(metrics.absences == [.deadlines, .calls])
        #expect(metrics.totals.queued == 6)
    }

    @Test func aResponseIsTheWorkAloneWhereFewWorkersAreBusy() {
        #expect(gateway(10, arrivals: 20, running: 2, response: 1).stages.first.serviceTimeMean == 1)
        #expect(gateway(10, arrivals: 20, running: 2, response: 1).stages.first.utilisation == 0.2)
        // Two thirds of the calls may have waited.
        #expect(gateway(2, arrivals: 20, running: 2, response: 3).stages.first.serviceTimeMean == nil)
        #expect(gateway(2, arrivals: 20, running: 9, response: 0.1).stages.first.serviceTimeMean == nil)
    }

    @Test func whatRunsFollowsFromTimesAndCounts() {
        let metrics = window(4) { ($0.arrivals, $0.completions, $0.responseSeconds) = (20, 20, 1.5) }
        #expect(metrics.running == 3 && metrics.queueLength == 0)
        #expect(metrics.estimates == [.running, .queue, .oldestAge, .utilisation])
    }

    @Test func whatFollowsFromNothingIsAbsent() {
        let metrics = window(4) { $0.arrivals = 20 }
        #expect(metrics.absences == [.queue, .oldestAge, .running, .deadlines, .completions, .utilisation, .calls])
        #expect(metrics.estimates == [] && metrics.stages.first.arrivalRate == 2)
        // Calls came and none ended: how many run nobody knows.
        let stuck = window(4) { ($0.arrivals, $0.completions, $0.responseSeconds) = (20, 0, nil) }
        #expect(stuck.absences.contains([.running, .queue]))
        #expect(stuck.running == 0)
    }

    @Test func whatIsToldIsNotEstimated() {
        let metrics = window(4) {
            ($0.arrivals, $0.completions, $0.running, $0.queued, $0.oldestAge) = (20, 20, 3, 5, 0.5)
            ($0.serviceSeconds, $0.met, $0.missed) = (1, 18, 2)
        }
        #expect(metrics.running == 3 && metrics.queueLength == 5 && metrics.oldestAge == 0.5)
        #expect(metrics.absences == .calls && metrics.estimates == .utilisation)
        #expect(metrics.stages.first.utilisation == 0.5 && metrics.qos == 0.9)
    }

    @Test func anOldSightingIsNoNewWindow() {
        var sighting = Sighting(time: 90, seconds: 10)
        (sighting.arrivals, sighting.completions, sighting.running, sighting.queued) = (50, 50, 3, 5)
        let metrics = WindowMetrics(
            sighting, workers: WorkersSeen(time: 100, asked: 4, ready: 4), asked: 4, begun: 0, now: 100, step: 1,
            staleAfter: 30, isFresh: false)
        #expect(metrics.windowSeconds == 0 && metrics.arrivals == 0 && metrics.queueLength == 5)
    }

    @Test func numbersThatNoFunctionHasDoNoHarm() {
        for value in [Int.max, Int.min, 0] {
            for seconds in [Double.infinity, -.infinity, .nan, 1e300, 0] {
                let metrics = window(3) {
                    ($0.arrivals, $0.completions, $0.running) = (value, value, value)
                    ($0.responseSeconds, $0.seconds) = (seconds, 10)
                }
                #expect(metrics.running >= 0 && metrics.queueLength >= 0)
            }
        }
    }
}
