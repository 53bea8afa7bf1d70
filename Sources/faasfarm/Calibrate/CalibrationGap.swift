import Episodes
import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Gymnasium
import Randomness

/// How far a fitted simulator is from a recording: what was asked for then is asked for again.
struct CalibrationGap {
    /// One quantity of one recorded episode.
    struct Figure {
        let name: String
        let recorded: Double
        /// Of the simulated episodes.
        let simulated: Interval

        var difference: Double { simulated.mean - recorded }
    }

    let episode: Int64
    let figures: [Figure]

    /// - Parameters:
    ///   - repetitions: simulated episodes of the recorded one, each with a seed of its own.
    /// - Returns: nil for a recording that was cut off.
    init?(_ observation: FarmObservation, in scenario: Scenario, repetitions: Int) throws {
        guard let result = observation.result, repetitions > 0 else { return nil }
        let runner = try EpisodeRunner(scenario, action: .target, reward: try RewardScheme("default"))
        let plan = observation.plan(stepSeconds: scenario.stepSeconds, steps: scenario.steps)
        guard !plan.isEmpty else { return nil }
        let runs = (1...UInt64(repetitions)).map {
            runner.run(RecordedPlan(plan: plan), seed: Seed($0), number: $0).result
        }
        episode = observation.id
        var figures = [
            Figure(
                name: "QoS, %", recorded: 100 * result.qos,
                simulated: try Interval(ofMean: runs.map { 100 * $0.qos })),
            Figure(
                name: "mean workers", recorded: result.meanWorkers,
                simulated: try Interval(ofMean: runs.map(\.meanWorkers))),
        ]
        if let responseTime = observation.responseTime {
            figures.append(
                Figure(
                    name: "response time, s", recorded: responseTime,
                    simulated: try Interval(ofMean: runs.map(\.responseTimeMean))))
        }
        self.figures = figures
    }
}

/// Asks for what was asked for in a recorded episode, whatever happens.
private struct RecordedPlan: FarmPolicy {
    let plan: [Int]
    private var step = 0

    init(plan: [Int]) { self.plan = plan }

    var name: String { "recorded" }

    mutating func begin(_ scenario: Scenario) { step = 0 }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        defer { step += 1 }
        return plan[min(step, plan.count - 1)]
    }
}
