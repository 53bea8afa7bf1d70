import Farm
import Randomness

/// As many workers as keep the deadlines of the tasks that are likely to come until workers that are asked for now are
/// at work.
///
///     rate    = the larger of the last window's and an upper quantile of the forecast for start-up + window ahead, times `headroom`;
///               no less than the share `peak` of the highest rate so far, which fades
///     least   = the fewest workers that let at most `miss` of the tasks wait too long (Erlang's C, Allen-Cunneen)
///     desired = least + what drains the backlog in time, and no less than the largest of the last `stabilisation` seconds
///
/// The episode's first number is a need, too. The forecast counts only while it has been nearer than the last window's
/// rate. Service times, their variation and start-ups are the scenario's at first and then measured.
struct ForecastPolicy: StageRule {
    static let miss = PolicyParameter(
        "miss", .number(0.0001...0.9), default: "0.01", "share of the tasks that may wait beyond their deadline",
        candidates: .values([0.01, 0.1]))
    static let quantile = PolicyParameter(
        "quantile", .number(0.01...0.999), default: "0.5",
        "the forecast rate that is not exceeded with this probability",
        candidates: .values([0.5, 0.8]))
    static let stabilisation = PolicyParameter(
        "stabilisation", .number(0...3_600), default: "0", "seconds for which a need keeps workers from going",
        candidates: .values([0, 60]))
    static let level = PolicyParameter(
        "level", .number(0.01...1), default: "0.3", "weight of the newest window in the level")
    static let trend = PolicyParameter(
        "trend", .number(0...1), default: "0.1", "weight of the newest change in the trend")
    static let period = PolicyParameter(
        "period", .number(0...1_000_000), default: "0", "seconds after which the load repeats itself; 0: it does not")
    static let headroom = PolicyParameter(
        "headroom", .number(1...100), default: "1", "what the rate is multiplied by",
        candidates: .values([1, 1.5]))
    static let peak = PolicyParameter(
        "peak", .number(0...1), default: "0", "share of the highest rate so far that there are always workers for",
        candidates: .values([0, 0.5]))
    static let peakMemory = PolicyParameter(
        "peak-memory", .number(1...10_000_000), default: "3600", "seconds after which a highest rate counts for 1/e")
    static let cost = PolicyParameter(
        "cost", .number(0...1_000), default: "0",
        "price of a worker-second in missed tasks; 0: miss, quantile, headroom and peak decide")
    static let description = PolicyDescription(
        "forecast", "as many workers as keep the deadlines of the tasks that are forecast",
        parameters: [miss, quantile, stabilisation, level, trend, period, headroom, peak, peakMemory, cost],
        needs: .arrivals, source: "Holt's linear trend; Erlang's C with Allen and Cunneen's correction"
    ) { arguments throws(PolicyError) in ForecastPolicy(arguments) }

    /// Nine equally likely deviations from a mean, in standard ones.
    private static let ninths = (0..<9).map { Normal.quantile((Double($0) + 0.5) / 9) }

    let name: String
    private let miss: Double
    private let deviations: Double
    private let stabilisation: Double
    private let headroom: Double
    private let peak: Double
    private let peakMemory: Double
    private let cost: Double
    private let settings: RateForecast.Settings
    private var forecast: RateForecast
    private var service: ServiceEstimate?
    private var deadline = DeadlineRule(factor: 0, min: 1, max: 1)
    private var deadlineShare = 1.0
    private var limit = 1
    private var needs = SlidingWindow()
    /// The highest rate, which fades.
    private var highest = 0.0

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        miss = arguments.number(ForecastPolicy.miss)
        deviations = Normal.quantile(arguments.number(ForecastPolicy.quantile))
        stabilisation = arguments.number(ForecastPolicy.stabilisation)
        headroom = arguments.number(ForecastPolicy.headroom)
        peak = arguments.number(ForecastPolicy.peak)
        peakMemory = arguments.number(ForecastPolicy.peakMemory)
        cost = arguments.number(ForecastPolicy.cost)
        settings = RateForecast.Settings(
            level: arguments.number(ForecastPolicy.level), trend: arguments.number(ForecastPolicy.trend),
            period: arguments.number(ForecastPolicy.period))
        forecast = RateForecast(settings)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        forecast = RateForecast(settings)
        service = ServiceEstimate(stage)
        deadline = scenario.deadline
        deadlineShare = stage.deadlineShare
        limit = max(stage.workers.max, 1)
        needs.removeAll()
        highest = 0
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        if needs.isEmpty { needs.add(Double(metrics.current), at: metrics.time.finite(or: 0)) }
        guard metrics.hasWindow, metrics.time.isFinite, var service else { return metrics.current }
        service.add(metrics)
        self.service = service
        forecast.add(count: metrics.arrivals, seconds: metrics.windowSeconds)
        highest *= Elementary.exp(-metrics.windowSeconds / peakMemory)
        highest = max(highest, metrics.arrivalRate.finite(or: 0))
        let need = min(need(metrics, service), limit)
        needs.add(Double(need), at: metrics.time)
        needs.keep(after: metrics.time - stabilisation - 1e-9)
        let held = max(Double(need), needs.maximum ?? 0).roundedUpToWorkers
        return metrics.withoutScaleInWhenStale(held)
    }

    private func need(_ metrics: WindowMetrics, _ service: ServiceEstimate) -> Int {
        let window = metrics.windowSeconds
        let ahead = service.startUp + window
        let seen = max(metrics.arrivalRate.finite(or: 0), risen(metrics))
        let slack = slack(service)
        let variability = (forecast.dispersion + service.squaredVariation) / 2
        var load = Queueing.Load(rate: seen, service: service.mean, variability: max(variability, 0.05))
        let least: Int
        if cost > 0 {
            least = cheapest(load, seen: seen, slack: slack, ahead: ahead, window: window)
        } else {
            if forecast.isTrusted {
                load.rate = max(seen, forecast.upper(ahead: ahead, window: window, deviations: deviations))
            }
            load.rate = max(load.rate * headroom, peak * highest)
            least = load.leastWorkers(miss: miss, slack: slack, limit: limit)
        }
        return least.addingClamped(backlog(metrics, service, least), limit: limit)
    }

    /// The rate of the window's last third, where it is too high for chance; 0 otherwise.
    private func risen(_ metrics: WindowMetrics) -> Double {
        let recent = metrics.stages.first.recentArrivalRate.finite(or: 0)
        let third = metrics.windowSeconds / 3
        let usual = max(forecast.level, metrics.arrivalRate.finite(or: 0)) * third
        return recent * third > usual + 3 * (max(forecast.dispersion, 1) * usual).squareRoot() + 1 ? recent : 0
    }

    /// Seconds that a task may wait: those of a mean task or of a long one, whichever are fewer.
    private func slack(_ service: ServiceEstimate) -> Double {
        let long = service.mean * (1 + service.squaredVariation.squareRoot())
        let slacks = [service.mean, long].map { deadline.seconds(forService: $0) * deadlineShare - $0 }
        return max(0, slacks.min() ?? 0)
    }

    /// Workers that drain in time what waits beyond the `workers` that will be there.
    private func backlog(_ metrics: WindowMetrics, _ service: ServiceEstimate, _ workers: Int) -> Int {
        let waiting = Double(max(metrics.queueLength, 0))
        guard waiting > 0 else { return 0 }
        let left =
            deadline.seconds(forService: service.mean) * deadlineShare
            - metrics.stages.first.oldestAge.finite(or: 0) - service.mean
        return (waiting * service.mean / max(left, service.mean)).roundedUpToWorkers
    }

    /// The number at which one worker more would cost more than the misses that it saves, over the rates that may come.
    private func cheapest(
        _ load: Queueing.Load, seen: Double, slack: Double, ahead: Double, window: Double
    ) -> Int {
        var rates: [Double] = []
        for deviations in ForecastPolicy.ninths {
            rates.append(forecast.upper(ahead: ahead, window: window, deviations: deviations))
        }
        var blocking = [Double](repeating: 1, count: rates.count)
        var best = (workers: 0, cost: rates.reduce(0, +) / Double(rates.count))
        for workers in 1..<limit + 1 {
            var missed = 0.0
            for index in rates.indices {
                var load = load
                load.rate = rates[index]
                blocking[index] = load.offered * blocking[index] / (Double(workers) + load.offered * blocking[index])
                let waiting = Queueing.waiting(workers: workers, offered: load.offered, blocking: blocking[index])
                missed += load.rate * load.late(workers: workers, slack: slack, waiting: waiting)
            }
            missed /= Double(rates.count)
            let total = missed + cost * Double(workers)
            if total < best.cost { best = (workers, total) }
            if missed < cost * 0.1 { break }
        }
        // What has come may be far above what was forecast.
        var seenLoad = load
        seenLoad.rate = seen
        return max(best.workers, seenLoad.leastWorkers(miss: 0.5, slack: slack, limit: limit))
    }
}

extension Int {
    /// The sum, `limit` at most.
    func addingClamped(_ other: Int, limit: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? limit : Swift.min(sum, limit)
    }
}
