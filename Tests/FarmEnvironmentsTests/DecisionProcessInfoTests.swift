import Farm
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

struct DecisionProcessInfoTests {
    private func stepped(_ change: (inout WindowMetrics) -> Void = { _ in }, end: FarmEnd? = nil) throws -> [Value
        .Entry]
    {
        var process = try DecisionProcess(scenario: .small(), action: .paper)
        process.begin(WindowMetrics())
        var metrics = WindowMetrics()
        metrics.windowSeconds = 2
        metrics.stages.first.workers.desired = 10
        change(&metrics)
        _ = process.step(metrics, end: end)
        return process.info
    }

    @Test func keysAreSortedAndNamed() throws {
        var process = try DecisionProcess(scenario: .small())
        process.begin(WindowMetrics())
        #expect(process.info.map(\.key) == ["action_mask", "metrics", "overrun", "stale", "totals", "window_seconds"])
        #expect(
            try stepped().map(\.key)
                == ["action_mask", "metrics", "overrun", "reward_terms", "stale", "totals", "window_seconds"])
        let last = try stepped({ $0.notes = ["slow"] }, end: .horizon).map(\.key)
        #expect(
            last == [
                "action_mask", "metrics", "notes", "overrun", "reason", "result", "reward_terms", "stale", "totals",
                "window_seconds",
            ])
    }

    @Test func maskFollowsDesired() throws {
        #expect(try stepped()["action_mask"] == .array(NDArray([1, 1, 0] as [Int8])))
    }

    @Test func metricsLeaveOutWhatNothingTold() throws {
        let metrics = try #require(try stepped()["metrics"])
        for key in [
            "service_time_mean", "service_time_p95", "response_time_mean", "response_time_max", "overhead_mean",
        ] {
            #expect(metrics[key] == nil)
        }
        #expect(metrics["desired"] == 10)
        #expect(metrics["qos"] == 1.0)
        let told = try #require(try stepped { $0.responseTimeMean = 0.25 }["metrics"])
        #expect(told["response_time_mean"] == 0.25)
        #expect(!"\(told)".contains("phases"), "the schedule stays the scenario's secret")
    }

    @Test("faas#882: what was asked for and what was applied are both told")
    func report4_requestedAndAppliedAreTold() throws {
        let metrics = try #require(
            try stepped { ($0.stages.first.workers.requestedDelta, $0.stages.first.workers.appliedDelta) = (6, 2) }[
                "metrics"])
        #expect(metrics["requested_delta"] == 6)
        #expect(metrics["applied_delta"] == 2)
    }

    @Test("keda#1850: stale numbers are marked")
    func report112_staleIsMarked() throws {
        #expect(try stepped { $0.isStale = true }["stale"] == true)
        #expect(try stepped()["stale"] == false)
    }

    @Test func termsAddUpToTheReward() throws {
        var generator = PCG64(seed: Seed(3))
        for scheme in [RewardScheme.paper, .weights(RewardWeights())] {
            var process = try DecisionProcess(scenario: .small(), reward: scheme)
            for _ in 0..<200 {
                let outcome = process.step(.wild(using: &generator), end: .horizon)
                guard case .dict(let terms)? = process.info["reward_terms"] else { return #expect(Bool(false)) }
                let sum = terms.compactMap(\.value.double).reduce(0, +)
                #expect(abs(sum - outcome.reward) <= 1e-9 * max(1, abs(sum)) || abs(sum) > 1e11)
            }
        }
    }

    @Test func reasonsOfTheEnd() throws {
        #expect(try stepped(end: .finished)["reason"] == "finished")
        #expect(try stepped(end: .horizon)["reason"] == "horizon")
        #expect(try stepped(end: .broken("the gateway is away"))["reason"] == "the gateway is away")
    }

    @Test func resultSumsTheEpisode() throws {
        var process = try DecisionProcess(scenario: .small())
        process.begin(WindowMetrics())
        var metrics = WindowMetrics()
        metrics.windowSeconds = 2
        metrics.stages.first.paidWorkerSeconds = 8
        metrics.stages.first.readyWorkerSeconds = 4
        metrics.stages.first.workers.ready = 2
        metrics.stages.first.workers.requestedDelta = 5
        metrics.stages.first.workers.appliedDelta = 1
        _ = process.step(metrics, end: nil)
        // At the bounds nothing comes of what is asked for.
        metrics.stages.first.workers.appliedDelta = 0
        metrics.stages.first.workers.ready = 4
        metrics.windowSeconds = 4
        metrics.stages.first.paidWorkerSeconds = 10
        metrics.totals.emitted = 8
        metrics.totals.done = 6
        metrics.totals.met = 4
        metrics.totals.running = 2
        _ = process.step(metrics, end: .horizon)
        let result = try #require(process.info["result"])
        #expect(result["qos"] == 0.5)
        #expect(result["mean_workers"] == 3.0)
        #expect(result["mean_ready"]?.double == 8.0 / 6)
        #expect(result["paper_mean_workers"] == 3.0)
        #expect(result["scaling_actions"] == 1)
        #expect(result["emitted"] == 8)
        #expect(result["unfinished"] == 2)
        #expect(result["steps"] == 2)
        #expect(result["seconds"] == 6.0)
    }
}
