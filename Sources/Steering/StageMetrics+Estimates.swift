public import Farm

extension MetricAbsences {
    /// Which of these can be estimated from what is not among them:
    ///
    /// | what | from |
    /// |---|---|
    /// | running | tasks that ended, and their response times (Little's law) |
    /// | queue | what runs, or is in flight, beyond the workers that are ready |
    /// | oldest age | the queue, over the rate at which tasks come |
    /// | utilisation | service time and tasks that ended, or what runs |
    /// | service time | the response time, in windows in which hardly a task can have waited |
    public var estimable: MetricAbsences {
        var left = self
        func tells(_ metrics: MetricAbsences) -> Bool { left.isDisjoint(with: metrics) }
        if tells([.completions, .response]) { left.subtract([.running, .service]) }
        if tells(.running) { left.subtract([.queue, .utilisation]) }
        if tells([.completions, .service]) { left.remove(.utilisation) }
        if tells([.queue, .arrivals]) { left.remove(.oldestAge) }
        return subtracting(left)
    }
}

extension StageMetrics {
    /// The share of the workers that calls in flight may take, on the average, for a response to be taken for the work alone: with so
    /// many workers free, few wait.
    private static let lightLoad = 0.7

    /// Fills in what a source has not told.
    ///
    /// - Parameter estimates: what of it.
    mutating func estimate(_ estimates: MetricAbsences, _ sighting: Sighting) {
        let ready = workers.ready
        let inFlight = sighting.running.map { Double(max($0, 0)) } ?? sighting.meanInFlight
        if let mean = sighting.meanInFlight, serviceTimeMean == nil, completions > 0,
            max(mean, inFlight ?? 0) <= StageMetrics.lightLoad * Double(ready)
        {
            serviceTimeMean = sighting.responseSeconds
        }
        if let inFlight {
            let count = Int(min(inFlight, 1e9).rounded())
            if estimates.contains(.running) { running = min(max(count - queueLength, 0), ready) }
            if estimates.contains(.queue) {
                queueLength = max(count - ready, 0)
                running = min(count, ready)
            }
        }
        if estimates.contains(.oldestAge), queueLength > 0 {
            // First come, first served: since the oldest came, as many came as wait. If none came, it is older than the window.
            let seconds = max(sighting.seconds, 0)
            oldestAge = arrivalRate > 0 ? min(Double(queueLength) / arrivalRate, 1e9) : seconds
        }
        guard ready > 0 else { return }
        if let service = sighting.serviceSeconds, sighting.completions != nil, sighting.seconds > 0 {
            utilisation = min(max(service * Double(completions) / (sighting.seconds * Double(ready)), 0), 1)
        } else if estimates.contains(.utilisation) {
            utilisation = min((sighting.meanInFlight ?? Double(running)) / Double(ready), 1)
        }
    }
}
