import Farm
import Foundation
import TestSupport

@testable import Steering
@testable import SteeringReview

/// Decisions with something in every field.
enum Sample {
    static let start = 1_700_000_000.0

    static var settings: SteeringSettings {
        var settings = SteeringSettings(function: "resize")
        settings.workers = WorkerBounds(min: 1, max: 12, initial: 2)
        (settings.period, settings.deadline, settings.startUp, settings.service) = (10, 2, 3, 0.4)
        (settings.largestStepUp, settings.dailyBudget) = (4, 1e6)
        settings.forbidden = [.init(from: 79_200, to: 21_600, direction: .down)]
        return settings
    }

    static func sighting(at time: Double, arrivals: Int?) -> Sighting {
        var sighting = Sighting(time: time, seconds: 10)
        sighting.arrivals = arrivals
        (sighting.completions, sighting.failures, sighting.running, sighting.queued) = (4, 1, 2, 3)
        (sighting.oldestAge, sighting.serviceSeconds) = (1.25, 0.1 + 0.2)
        return sighting
    }

    static func decision(
        _ number: Int, of function: String = "resize", at time: Double? = nil, before: Int = 2, asked: Int = 5,
        mode: SteeringDecision.Mode = .steer, seen: Int? = 2, arrivals: Int? = 12, policy: String = "static:7"
    ) -> SteeringDecision {
        let time = time ?? start + 10 * Double(number)
        return SteeringDecision(
            number: number, time: time, function: function, mode: mode,
            sighting: sighting(at: time - 0.5, arrivals: arrivals),
            blindness: nil, inputAge: 0.5, workers: seen.map { WorkersSeen(time: time, asked: $0, ready: $0) },
            before: before, recommended: 7, fault: nil, author: .policy, proposed: 7,
            refusals: [.init(rail: "step-up", from: 7, to: 5, reason: "3 workers more a period at most")],
            asked: asked, policy: policy, digest: "d1")
    }

    static func memory(_ number: Int) -> SteeringMemory {
        var memory = SteeringMemory(mode: .steer)
        memory.asked = number
        memory.recommendations = [.init(time: start + 1 / 3, count: 4)]
        (memory.day, memory.spent, memory.time) = (19_675, 0.1 + 0.2, start)
        return memory
    }
}
