import Testing

@testable import Farm

struct EpisodeAccountTests {
    private static func window(_ change: (inout WindowMetrics) -> Void) -> WindowMetrics {
        var metrics = WindowMetrics(stages: 2)
        metrics.windowSeconds = 2
        change(&metrics)
        return metrics
    }

    @Test("Before the first window there is nothing, and no mean is not a number")
    func empty() {
        let account = EpisodeAccount()
        #expect(account.meanWorkers == 0 && account.meanDesired == 0 && account.meanWindowQoS == 0)
        #expect(account.meanResponseTime == nil && account.steps == 0 && account.rewards == 0)
    }

    @Test("Changes that were applied are counted, and not what was asked for beyond the bounds")
    func scalingActions() {
        var account = EpisodeAccount()
        account.add(EpisodeAccountTests.window { $0.stages.first.workers.requestedDelta = 3 }, reward: 0)
        #expect(account.scalingActions == 0)
        account.add(EpisodeAccountTests.window { $0.stages.first.workers.appliedDelta = -1 }, reward: 0)
        // A worker that moves from one stage to another is a change, though the sum stays.
        account.add(
            EpisodeAccountTests.window {
                $0.stages[0].workers.appliedDelta = 1
                $0.stages[1].workers.appliedDelta = -1
            }, reward: 0)
        #expect(account.scalingActions == 2 && account.steps == 3)
    }

    @Test("All stages count")
    func sums() {
        var account = EpisodeAccount()
        account.add(
            EpisodeAccountTests.window { metrics in
                for stage in metrics.stages.indices {
                    metrics.stages[stage].paidWorkerSeconds = 4
                    metrics.stages[stage].readyWorkerSeconds = 3
                    metrics.stages[stage].queueLength = 5
                    metrics.stages[stage].workers.ready = 2
                    metrics.stages[stage].workers.starting = 1
                    metrics.stages[stage].workers.desired = 3
                    metrics.stages[stage].calls.retries = 7
                }
                metrics.stages[0].completions = 9
                metrics.stages[1].completions = 4
                metrics.responseTimeMean = 1.5
            }, reward: -1)
        #expect(account.meanWorkers == 4 && account.meanReady == 3 && account.paperMeanWorkers == 4)
        #expect(account.meanDesired == 6 && account.meanQueueLength == 10 && account.maxReady == 4)
        #expect(account.maxWorkers == 6 && account.calls.retries == 14 && account.rewards == -1)
        // What comes out at the last stage is done.
        #expect(account.meanResponseTime == 1.5)
        account.add(
            EpisodeAccountTests.window {
                $0.stages[1].completions = 4
                $0.responseTimeMean = 2.5
            }, reward: 0)
        #expect(account.meanResponseTime == 2)
    }
}
