import Episodes
import Farm
import Steering

extension RecordedStretch {
    /// The stretch as a scenario: the very calls, where they are recorded one by one, else as many in each period as were counted.
    ///
    /// - Parameter numbers: of workers that there were; where some are beyond the bounds, the bounds are wider.
    /// - Throws: `ScenarioError`.
    func scenario(_ numbers: [Staffing]) throws -> Scenario {
        let most = numbers.map(\.first).max() ?? settings.workers.max
        let least = numbers.map(\.first).min() ?? settings.workers.min
        var bounds = settings.workers
        bounds = WorkerBounds(min: min(bounds.min, least), max: max(bounds.max, most, 1), initial: 0)
        bounds.initial = bounds.clamp(numbers.first?.first ?? settings.workers.initial)
        let service = service
        var scenario = Scenario(
            name: "review",
            summary: "calls of \(function) from \(DecisionText.time(begin)) to \(DecisionText.time(end))",
            arrivals: try arrivals(), service: service,
            deadline: DeadlineRule(factor: 0, min: settings.deadline, max: settings.deadline), workers: bounds,
            startUp: StartUpDelay(mean: settings.startUp), stepSeconds: settings.period, steps: steps)
        let longest = max(calls.compactMap(\.service).max() ?? 0, service.mean * 20)
        scenario.retry.attemptLimit = max(scenario.retry.attemptLimit, 2 * longest)
        // As a file has it, so that the file brings the same.
        return try Scenario(yaml: scenario.yaml, file: "review")
    }

    /// Whether calls, or their times in the function, have to be drawn, so that each seed brings others.
    var isDrawn: Bool { calls.isEmpty || calls.contains { RecordedStretch.seconds($0) == nil } }

    private func arrivals() throws -> Arrivals {
        guard !calls.isEmpty else {
            // A trace has two windows at least.
            let counts = counts.counts(from: begin, windows: max(steps, 2), of: settings.period)
            return .trace(
                ArrivalTrace(seconds: settings.period, counts: counts, source: "counted calls of \(function)"))
        }
        return .bag(
            try TaskBag(
                calls.enumerated().map { index, call in
                    TaskBag.Entry(
                        id: "call-\(index + 1)", at: max(RecordedStretch.microseconds(call.arrived - begin), 0),
                        deadline: max(RecordedStretch.microseconds(call.deadline), 0.001),
                        seconds: RecordedStretch.seconds(call))
                }))
    }

    /// Of a call that was worked on.
    private static func seconds(_ call: ServedTask) -> Double? {
        guard let service = call.service, service > 0, call.end == "answered" else { return nil }
        return max(microseconds(service), 1e-6)
    }

    private static func microseconds(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }

    /// Quantiles of what was measured; of a mean alone an exponential distribution.
    private var service: ServiceTime {
        let measured = calls.compactMap(RecordedStretch.seconds).sorted()
        if measured.isEmpty {
            guard calls.isEmpty, let mean = counts.meanService else { return ServiceTime(.constant(settings.service)) }
            return ServiceTime(.exponential(mean: mean))
        }
        let count = min(measured.count, 200)
        let quantiles = (0..<count).map { index -> Double in
            let place = (2 * index + 1) * measured.count / (2 * count)
            return measured[place]
        }
        return ServiceTime(.empirical(quantiles))
    }
}
