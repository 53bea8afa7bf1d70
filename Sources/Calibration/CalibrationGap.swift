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
        /// Where the middle 95 % of the simulated episodes are.
        let spread: ClosedRange<Double>
        /// A difference that does not matter.
        let tolerance: Double

        var difference: Double { simulated.mean - recorded }

        /// Whether the recorded episode could be a simulated one, or is as good as one.
        var agrees: Bool { spread.contains(recorded) || abs(difference) <= tolerance }

        init(_ name: String, recorded: Double, simulated values: [Double], tolerance: Double) throws {
            self.name = name
            self.recorded = recorded
            self.tolerance = tolerance
            simulated = try Interval(ofMean: values)
            let sorted = values.sorted()
            let cut = sorted.count / 40
            spread = sorted[cut]...sorted[sorted.count - 1 - cut]
        }
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
            runner.run(PlannedPolicy(plan.map { Staffing($0) }), seed: Seed($0), number: $0).result
        }
        episode = observation.id
        var figures = [
            try Figure("QoS, %", recorded: 100 * result.qos, simulated: runs.map { 100 * $0.qos }, tolerance: 1),
            try Figure(
                "mean workers", recorded: result.meanWorkers, simulated: runs.map(\.meanWorkers),
                tolerance: 0.02 * result.meanWorkers),
        ]
        if let responseTime = observation.responseTime {
            figures.append(
                try Figure(
                    "response time, s", recorded: responseTime, simulated: runs.map(\.responseTimeMean),
                    tolerance: 0.05 * responseTime))
        }
        self.figures = figures
    }
}
