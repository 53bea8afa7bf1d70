import Episodes
import Farm
import FarmSimulator
import Foundation
import Randomness

/// How calls found their workers: without collisions each goes to a free one; with many, the gateway chose at random.
struct DispatchFit {
    let dispatch: Platform.Dispatch
    /// Calls that met a busy worker, in all episodes.
    let recorded: Int
    /// The same in the simulator with ``dispatch``; 0 where that is exact.
    let simulated: Double

    /// Fewer collisions than this share of the tasks are the gateway's slips, not its way.
    private static let leastShare = 0.01
    /// Functions that are looked at; more of them have next to no collisions.
    private static let mostFunctions = 64
    private static let repetitions: UInt64 = 5

    /// Finds the number of functions within which a random choice gives as many collisions as were recorded.
    ///
    /// - Parameter episodes: what was observed, and the scenario with the very tasks of it and what else was fitted.
    init(_ episodes: [(observation: FarmObservation, scenario: Scenario)]) {
        recorded = episodes.reduce(0) { $0 + $1.observation.collisions }
        let tasks = episodes.reduce(0) { $0 + $1.observation.tasks.count }
        guard Double(recorded) > max(3, DispatchFit.leastShare * Double(tasks)) else {
            (dispatch, simulated) = (.exact, 0)
            return
        }
        let most = min(DispatchFit.mostFunctions, max(1, episodes.map(\.scenario.stages.first.workers.max).max() ?? 1))
        var best = (functions: 1, collisions: 0.0, distance: Double.infinity)
        for functions in 1...most {
            let collisions = episodes.reduce(0) { $0 + DispatchFit.collisions($1.observation, $1.scenario, functions) }
            let distance = abs(log((collisions + 1) / Double(recorded + 1)))
            if distance < best.distance { best = (functions, collisions, distance) }
            // More functions have fewer.
            if collisions < Double(recorded) / 2 { break }
        }
        (dispatch, simulated) = (.random(functions: best.functions), best.collisions)
    }

    /// Mean collisions of simulated episodes in which what was asked for is asked for again.
    private static func collisions(_ observation: FarmObservation, _ scenario: Scenario, _ functions: Int) -> Double {
        let plan = observation.plan(stepSeconds: scenario.stepSeconds, steps: scenario.steps)
        guard !plan.isEmpty else { return 0 }
        var scenario = scenario
        scenario.platform.dispatch = .random(functions: functions)
        let farm = SimulatedFarm(scenario)
        var collisions = 0
        for seed in 1...repetitions {
            farm.reset(seed: Seed(seed))
            var step = 0
            while farm.end == nil, step < observation.desired.count {
                farm.advance(Staffing(plan[min(step, plan.count - 1)]))
                collisions += farm.metrics.stages.first.calls.collisions
                step += 1
            }
        }
        return Double(collisions) / Double(repetitions)
    }

    /// A line of the figures of the fit.
    var figure: String {
        switch dispatch {
        case .exact: return "dispatch: exact, \(recorded) calls met a busy worker"
        case .random(let functions):
            return
                "dispatch: at random over \(functions) \(functions == 1 ? "function" : "functions"), \(recorded) calls met a "
                + "busy worker, \(Int(simulated.rounded())) in the simulator"
        }
    }
}
