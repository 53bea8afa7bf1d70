import Farm

extension WindowMetrics {
    /// Fills in what happened in a window of `seconds` that ended at `end`.
    mutating func record(_ tally: WindowTally, workers: WorkerTime, seconds: Double, end: Double) {
        windowSeconds = seconds
        stages.first.arrivals = tally.arrivalTimes.count
        if seconds > 0 {
            stages.first.arrivalRate = Double(arrivals) / seconds
            let recent = tally.arrivalTimes.count { $0 > end - seconds / 3 }
            stages.first.recentArrivalRate = Double(recent) / (seconds / 3)
        }
        stages.first.serviceTimeMean = tally.serviceTimes.mean
        stages.first.serviceTimeP95 = tally.serviceTimes.quantile(0.95)
        responseTimeMean = tally.responseTimes.mean
        responseTimeMax = tally.responseTimes.max()
        stages.first.overheadMean = tally.overheads.mean
        stages.first.completions = tally.completions
        stages.first.failures = tally.failures
        met = tally.met
        missed = tally.missed
        lateSeconds = tally.lateSeconds
        stages.first.calls = tally.calls
        stages.first.paidWorkerSeconds = workers.paid
        stages.first.readyWorkerSeconds = workers.ready
        stages.first.utilisation = workers.able > 0 ? min(1, workers.busy / workers.able) : 0
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
