import Foundation
import Randomness

@testable import Farm

extension Arrivals {
    /// The times of all tasks of the episode of `seed`.
    func times(seed: UInt64, horizon: Double = 10) -> [Double] {
        var scenario = Scenario.small(arrivals: self)
        scenario.stepSeconds = horizon / Double(scenario.steps)
        var generator = EpisodeStream.arrivals.generator(Seed(seed))
        var cursor = ArrivalCursor(scenario, using: &generator)
        var times: [Double] = []
        while true {
            let time = cursor.next(using: &generator)
            guard time < .infinity else { return times }
            times.append(time)
        }
    }
}

extension Scenario {
    /// A valid file, each key on the line that the refusals' tests name.
    static let validFile = """
        name: shop
        version: 3
        summary: a shop
        arrivals:
          phases:
            - {name: calm, seconds: 30, rate: 2}
            - {name: rush, seconds: 30, rate: {from: 2, to: 9}, tasks: 100}
            - {seconds: 10, rate: {mean: 5, amplitude: 2, cycles: 1}}
        service: {gamma: {shape: 4, mean: 0.5}, min: 0.1, max: 2}
        deadline: {factor: 3, min: 0.2, max: 5}
        workers: {min: 1, max: 9, initial: 3}
        start_up: {mean: 2, sd: 0.5}
        step: 5
        steps: 12
        scaling: blocking
        work: sleep
        retry: {max_attempts: 3, first_delay: 0.1, max_delay: 1}

        """

    static func small(arrivals: Arrivals) -> Scenario {
        Scenario(
            name: "small", arrivals: arrivals, service: ServiceTime(.gamma(shape: 4, mean: 0.5), min: 0.1, max: 2),
            deadline: DeadlineRule(factor: 2, min: 0.5, max: 3), workers: WorkerBounds(min: 1, max: 4, initial: 2),
            stepSeconds: 1, steps: 10)
    }
}
