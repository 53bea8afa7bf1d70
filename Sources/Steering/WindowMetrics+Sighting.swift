public import Farm

extension WindowMetrics {
    /// The metrics that a policy is shown.
    ///
    /// What the source cannot tell is estimated where the rest allows it, and named in ``estimates`` (``MetricAbsences/estimable``);
    /// otherwise it is 0, and named in ``absences``.
    ///
    /// - Parameters:
    ///   - begun: when steering began, seconds since 1970.
    ///   - step: periods before this one.
    ///   - isFresh: whether the sighting is of this period; one that has been shown before is a window without length.
    public init(
        _ sighting: Sighting?, workers: WorkersSeen?, asked: Int, begun: Double, now: Double, step: Int,
        staleAfter: Double, isFresh: Bool = true
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
        isStale = readyAge > staleAfter || (sighting.map { now - $0.time > staleAfter } ?? true)
        absences = (sighting ?? Sighting(time: 0, seconds: 0)).absences
        if var sighting {
            if !isFresh { sighting.forgetCounts() }
            row.take(sighting)
            windowSeconds = max(sighting.seconds, 0)
            (met, missed) = (max(sighting.met ?? 0, 0), max(sighting.missed ?? 0, 0))
            responseTimeMean = sighting.responseSeconds
            var untold = absences
            if sighting.serviceSeconds == nil { untold.insert(.service) }
            if sighting.meanInFlight == nil { untold.insert(.response) }
            estimates = untold.estimable.subtracting(.service)
            absences.subtract(estimates)
            row.estimate(estimates, sighting)
        }
        stages = PerStage(row)
        totals.queued = row.queueLength
        totals.running = row.running
    }
}

extension Sighting {
    /// Keeps what was true at a moment, for a period that has not been looked at.
    fileprivate mutating func forgetCounts() {
        seconds = 0
        arrivals = arrivals.map { _ in 0 }
        completions = completions.map { _ in 0 }
        failures = failures.map { _ in 0 }
        met = met.map { _ in 0 }
        missed = missed.map { _ in 0 }
        (recentRate, serviceSeconds, responseSeconds) = (nil, nil, nil)
    }

    /// Calls in flight on the average over the window, by Little's law; nil where the times of calls are not known, and where some
    /// came and none has ended.
    var meanInFlight: Double? {
        guard let completions, seconds > 0 else { return nil }
        if completions <= 0, let arrivals, arrivals <= 0 { return 0 }
        guard completions > 0, let responseSeconds else { return nil }
        let mean = Double(completions) * responseSeconds / seconds
        return mean.isFinite ? min(max(mean, 0), 1e9) : nil
    }
}

extension StageMetrics {
    /// What a sighting tells.
    fileprivate mutating func take(_ sighting: Sighting) {
        arrivals = max(sighting.arrivals ?? 0, 0)
        completions = max(sighting.completions ?? 0, 0)
        failures = max(sighting.failures ?? 0, 0)
        serviceTimeMean = sighting.serviceSeconds
        running = max(sighting.running ?? 0, 0)
        queueLength = max(sighting.queued ?? 0, 0)
        oldestAge = max(sighting.oldestAge ?? 0, 0)
        let seconds = max(sighting.seconds, 0)
        guard seconds > 0 else { return }
        arrivalRate = Double(arrivals) / seconds
        recentArrivalRate = sighting.recentRate ?? arrivalRate
        paidWorkerSeconds = Double(max(workers.desired, workers.ready)) * seconds
        readyWorkerSeconds = Double(workers.ready) * seconds
    }
}
