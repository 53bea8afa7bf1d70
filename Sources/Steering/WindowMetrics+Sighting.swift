public import Farm

extension WindowMetrics {
    /// The metrics that a policy is shown. What the source cannot tell is 0 in them and named in ``absences``; calls in flight beyond
    /// the workers are taken for a queue where the source tells of them together.
    ///
    /// - Parameters:
    ///   - begun: when steering began, seconds since 1970.
    ///   - step: periods before this one.
    public init(
        _ sighting: Sighting?, workers: WorkersSeen?, asked: Int, begun: Double, now: Double, step: Int,
        staleAfter: Double
    ) {
        self.init()
        time = max(now - begun, 0)
        self.step = step
        var row = StageMetrics()
        row.workers.desired = max(asked, 0)
        let ready = max(workers?.ready ?? workers?.asked ?? asked, 0)
        row.workers.ready = ready
        row.workers.starting = max(row.workers.desired - ready, 0)
        row.workers.draining = max(ready - row.workers.desired, 0)
        readyAge = workers.map { max(now - $0.time, 0) } ?? staleAfter + 1
        absences = sighting?.absences ?? [.arrivals, .queue, .oldestAge, .running, .deadlines]
        isStale = readyAge > staleAfter || (sighting.map { now - $0.time > staleAfter } ?? true)
        if let sighting {
            windowSeconds = max(sighting.seconds, 0)
            row.arrivals = max(sighting.arrivals ?? 0, 0)
            row.completions = max(sighting.completions ?? 0, 0)
            row.failures = max(sighting.failures ?? 0, 0)
            let seconds = windowSeconds
            if seconds > 0 {
                row.arrivalRate = Double(row.arrivals) / seconds
                row.recentArrivalRate = sighting.recentRate ?? row.arrivalRate
                row.paidWorkerSeconds = Double(max(row.workers.desired, ready)) * seconds
                row.readyWorkerSeconds = Double(ready) * seconds
            }
            row.serviceTimeMean = sighting.serviceSeconds
            row.running = max(sighting.running ?? 0, 0)
            row.queueLength = max(sighting.queued ?? 0, 0)
            row.oldestAge = max(sighting.oldestAge ?? 0, 0)
            if let service = sighting.serviceSeconds, seconds > 0, ready > 0 {
                row.utilisation = min(service * Double(row.completions) / (seconds * Double(ready)), 1)
            }
            (met, missed) = (max(sighting.met ?? 0, 0), max(sighting.missed ?? 0, 0))
            responseTimeMean = sighting.responseSeconds
        }
        stages = PerStage(row)
        totals.queued = row.queueLength
        totals.running = row.running
    }
}
