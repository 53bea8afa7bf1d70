public import Farm
public import Gymnasium

extension WindowMetrics {
    /// What an `info` of a farm tells of a window, so that whoever decides on metrics can do so from elsewhere.
    ///
    /// Notes come with it. Phases to come are the scenario's, as a live farm tells them. What an info has no word for (results
    /// that wait for the collector, cold starts) is 0.
    ///
    /// - Returns: nil when there are no metrics in it, as where the argument `info` is not `full`.
    public init?(info: [Value.Entry], scenario: Scenario) {
        func entry(_ key: String) -> Value? { info.first { $0.key == key }?.value }
        guard let metrics = entry("metrics"), let totals = entry("totals"), let time = metrics["time"]?.double else {
            return nil
        }
        self.init()
        func number(_ key: String) -> Double { metrics[key]?.double ?? 0 }
        func count(_ key: String) -> Int { metrics[key]?.int.flatMap(Int.init(exactly:)) ?? 0 }
        self.time = time
        windowSeconds = number("window_seconds")
        step = count("step")
        isOverrun = entry("overrun") == true
        queueLength = count("queue_length")
        oldestAge = number("oldest_age")
        running = count("running")
        ready = count("ready")
        starting = count("starting")
        draining = count("draining")
        desired = count("desired")
        appliedDelta = count("applied_delta")
        requestedDelta = count("requested_delta")
        arrivals = count("arrivals")
        arrivalRate = number("arrival_rate")
        recentArrivalRate = number("arrival_rate_recent")
        serviceTimeMean = metrics["service_time_mean"]?.double
        serviceTimeP95 = metrics["service_time_p95"]?.double
        responseTimeMean = metrics["response_time_mean"]?.double
        responseTimeMax = metrics["response_time_max"]?.double
        completions = count("completions")
        failures = count("failures")
        met = count("met")
        missed = count("missed")
        lateSeconds = number("late_seconds")
        utilisation = number("utilisation")
        paidWorkerSeconds = number("paid_worker_seconds")
        readyWorkerSeconds = number("ready_worker_seconds")
        retries = count("retries")
        collisions = count("collisions")
        refusals = count("refusals")
        platformFloor = count("platform_floor")
        duplicates = count("duplicates")
        overheadMean = metrics["overhead_mean"]?.double
        readyAge = number("ready_age")
        isStale = entry("stale") == true
        if case .tuple(let texts)? = entry("notes") { notes = texts.compactMap(\.string) }
        self.totals = TaskTotals(totals)
        phasesToCome = scenario.arrivals.phasesToCome(at: time)
    }
}

extension TaskTotals {
    fileprivate init(_ value: Value) {
        self.init()
        func count(_ key: String) -> Int { value[key]?.int.flatMap(Int.init(exactly:)) ?? 0 }
        emitted = count("emitted")
        queued = count("queued")
        running = count("running")
        done = count("done")
        failed = count("failed")
        met = count("met")
        missed = count("missed")
        guard case .dict(let reasons)? = value["failure_reasons"] else { return }
        for reason in reasons { failureReasons[reason.key] = reason.value.int.flatMap(Int.init(exactly:)) }
    }
}
