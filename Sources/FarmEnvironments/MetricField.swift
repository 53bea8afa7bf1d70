public import Farm
public import Gymnasium

/// A number that infos have under a key: the one list of what is written is also that of what is read.
private struct MetricField<Root>: Sendable {
    let key: String
    private let place: Place

    private enum Place: Sendable {
        case count(any WritableKeyPath<Root, Int> & Sendable)
        case number(any WritableKeyPath<Root, Double> & Sendable)
        /// Left out where nothing told it.
        case known(any WritableKeyPath<Root, Double?> & Sendable)
    }

    init(_ key: String, _ path: any WritableKeyPath<Root, Int> & Sendable) { (self.key, place) = (key, .count(path)) }
    init(_ key: String, _ path: any WritableKeyPath<Root, Double> & Sendable) {
        (self.key, place) = (key, .number(path))
    }
    init(_ key: String, _ path: any WritableKeyPath<Root, Double?> & Sendable) {
        (self.key, place) = (key, .known(path))
    }

    func entry(of root: Root) -> Value.Entry? {
        switch place {
        case .count(let path): Value.Entry(key, .integer(Int64(root[keyPath: path])))
        case .number(let path): Value.Entry(key, .number(root[keyPath: path]))
        case .known(let path): root[keyPath: path].map { Value.Entry(key, .number($0)) }
        }
    }

    func read(_ values: Value, into root: inout Root) {
        let value = values[key]
        switch place {
        case .count(let path): root[keyPath: path] = value?.int.flatMap(Int.init(exactly:)) ?? 0
        case .number(let path): root[keyPath: path] = value?.double ?? 0
        case .known(let path): root[keyPath: path] = value?.double
        }
    }
}

extension WindowMetrics {
    fileprivate static let fields: [MetricField<WindowMetrics>] = [
        .init("time", \.time), .init("window_seconds", \.windowSeconds), .init("step", \.step),
        .init("response_time_mean", \.responseTimeMean), .init("response_time_max", \.responseTimeMax),
        .init("met", \.met), .init("missed", \.missed), .init("late_seconds", \.lateSeconds),
        .init("ready_age", \.readyAge),
    ]
}

extension StageMetrics {
    fileprivate static let fields: [MetricField<StageMetrics>] = [
        .init("queue_length", \.queueLength), .init("oldest_age", \.oldestAge), .init("running", \.running),
        .init("ready", \.workers.ready), .init("starting", \.workers.starting),
        .init("draining", \.workers.draining), .init("desired", \.workers.desired),
        .init("platform_floor", \.workers.floor), .init("applied_delta", \.workers.appliedDelta),
        .init("requested_delta", \.workers.requestedDelta), .init("arrivals", \.arrivals),
        .init("arrival_rate", \.arrivalRate), .init("arrival_rate_recent", \.recentArrivalRate),
        .init("service_time_mean", \.serviceTimeMean), .init("service_time_p95", \.serviceTimeP95),
        .init("overhead_mean", \.overheadMean), .init("completions", \.completions),
        .init("failures", \.failures), .init("retries", \.calls.retries),
        .init("collisions", \.calls.collisions), .init("refusals", \.calls.refusals),
        .init("duplicates", \.calls.duplicates), .init("utilisation", \.utilisation),
        .init("paid_worker_seconds", \.paidWorkerSeconds), .init("ready_worker_seconds", \.readyWorkerSeconds),
    ]
}

extension TaskTotals {
    fileprivate static let fields: [MetricField<TaskTotals>] = [
        .init("emitted", \.emitted), .init("queued", \.queued), .init("running", \.running),
        .init("done", \.done), .init("failed", \.failed), .init("met", \.met), .init("missed", \.missed),
    ]
}

extension WindowMetrics {
    /// The raw numbers, in seconds and tasks; a time that nothing told is left out. Of several stages, `stages` has a dict each.
    var value: Value {
        var entries = WindowMetrics.fields.compactMap { $0.entry(of: self) }
        entries.append(Value.Entry("qos", .number(qos)))
        let rows = stages.map { stage in StageMetrics.fields.compactMap { $0.entry(of: stage) } }
        if rows.rest.isEmpty {
            entries += rows.first
        } else {
            entries.append(Value.Entry("stages", .tuple(Array(rows.map(Value.sorted)))))
        }
        return .sorted(entries)
    }

    /// What an `info` of a farm tells of a window, so that whoever decides on metrics can do so from elsewhere.
    ///
    /// Notes come with it. Phases to come are the scenario's, as a live farm tells them. What an info has no word for (results
    /// that wait for the collector, cold starts) is 0.
    ///
    /// - Returns: nil when there are no metrics in it, as where the argument `info` is not `full`.
    public init?(info: [Value.Entry], scenario: Scenario) {
        func entry(_ key: String) -> Value? { info.first { $0.key == key }?.value }
        guard let metrics = entry("metrics"), let totals = entry("totals"), metrics["time"]?.double != nil else {
            return nil
        }
        self.init(stages: scenario.stages.count)
        for field in WindowMetrics.fields { field.read(metrics, into: &self) }
        var rows = [metrics]
        if case .tuple(let several)? = metrics["stages"] { rows = several }
        for (stage, row) in zip(stages.indices, rows) {
            for field in StageMetrics.fields { field.read(row, into: &stages[stage]) }
        }
        isOverrun = entry("overrun") == true
        isStale = entry("stale") == true
        if case .tuple(let texts)? = entry("notes") { notes = texts.compactMap(\.string) }
        self.totals = TaskTotals(totals)
        phasesToCome = scenario.arrivals.phasesToCome(at: time)
    }
}

extension TaskTotals {
    var value: Value {
        let reasons = failureReasons.mapValues { Value.integer(Int64($0)) }
        return .sorted(
            TaskTotals.fields.compactMap { $0.entry(of: self) }
                + [Value.Entry("failure_reasons", .dictionary(reasons))])
    }

    fileprivate init(_ value: Value) {
        self.init()
        for field in TaskTotals.fields { field.read(value, into: &self) }
        guard case .dict(let reasons)? = value["failure_reasons"] else { return }
        for reason in reasons { failureReasons[reason.key] = reason.value.int.flatMap(Int.init(exactly:)) }
    }
}

extension Value {
    fileprivate static func sorted(_ entries: [Entry]) -> Value { .dict(entries.sorted { $0.key < $1.key }) }
}
