import Farm

extension WindowMetrics {
    /// Fills in what happened in a window of `seconds` that ended at `end`.
    mutating func record(_ tally: WindowTally, workers: WorkerTime, seconds: Double, end: Double) {
        windowSeconds = seconds
        arrivals = tally.arrivalTimes.count
        if seconds > 0 {
            arrivalRate = Double(arrivals) / seconds
            let recent = tally.arrivalTimes.count { $0 > end - seconds / 3 }
            recentArrivalRate = Double(recent) / (seconds / 3)
        }
        serviceTimeMean = tally.serviceTimes.mean
        serviceTimeP95 = tally.serviceTimes.quantile(0.95)
        responseTimeMean = tally.responseTimes.mean
        responseTimeMax = tally.responseTimes.max()
        overheadMean = tally.overheads.mean
        completions = tally.completions
        failures = tally.failures
        met = tally.met
        missed = tally.missed
        lateSeconds = tally.lateSeconds
        retries = tally.attempts.retries
        collisions = tally.attempts.collisions
        refusals = tally.attempts.refusals
        duplicates = tally.attempts.duplicates
        paidWorkerSeconds = workers.paid
        readyWorkerSeconds = workers.ready
        utilisation = workers.able > 0 ? min(1, workers.busy / workers.able) : 0
    }
}

extension [Double] {
    var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

    /// The smallest element that at least `share` of the elements do not exceed.
    func quantile(_ share: Double) -> Double? {
        guard !isEmpty else { return nil }
        let rank = Int((share * Double(count)).rounded(.up)) - 1
        return sorted()[Swift.min(Swift.max(rank, 0), count - 1)]
    }
}
