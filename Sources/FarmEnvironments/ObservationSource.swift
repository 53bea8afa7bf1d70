import Farm

/// Where a feature's raw value comes from, by the feature's name.
///
/// Trivial to copy, unlike a closure: the encoder goes through these for every step of every environment.
enum ObservationSource: String, Sendable, CaseIterable {
    case queueLength = "queue_length"
    case oldestAge = "oldest_age"
    case running, ready, starting, draining, desired
    case arrivalRate = "arrival_rate"
    case recentArrivalRate = "arrival_rate_recent"
    case serviceTimeMean = "service_time_mean"
    case serviceTimeP95 = "service_time_p95"
    case qos, completions, failures, utilisation
    case lastAction = "last_action"
    case timeOfDay = "time_of_day"
    case remainingFraction = "remaining_fraction"
    case responseTimeMean = "response_time_mean"
    case responseTimeMax = "response_time_max"
    case collisions, retries

    /// The raw value after a window.
    func raw(_ metrics: WindowMetrics, known: KnownTimes, scale: FarmScale) -> Double {
        switch self {
        case .queueLength: Double(metrics.queueLength)
        case .oldestAge: metrics.oldestAge
        case .running: Double(metrics.running)
        case .ready: Double(metrics.ready)
        case .starting: Double(metrics.starting)
        case .draining: Double(metrics.draining)
        case .desired: Double(metrics.desired)
        case .arrivalRate: metrics.arrivalRate
        case .recentArrivalRate: metrics.recentArrivalRate
        case .serviceTimeMean: known.serviceMean
        case .serviceTimeP95: known.serviceP95
        case .qos: metrics.qos
        case .completions: Double(metrics.completions)
        case .failures: Double(metrics.failures)
        case .utilisation: metrics.utilisation
        case .lastAction: lastAction(metrics.appliedDelta, span: scale.workers.max - scale.workers.min)
        case .timeOfDay: metrics.time.truncatingRemainder(dividingBy: 86_400) / 86_400
        case .remainingFraction: 1 - metrics.time / scale.horizon
        case .responseTimeMean: known.responseMean
        case .responseTimeMax: known.responseMax
        case .collisions: Double(metrics.collisions)
        case .retries: Double(metrics.retries)
        }
    }

    private func lastAction(_ delta: Int, span: Int) -> Double {
        span > 0 ? (Double(delta) / Double(span) + 1) / 2 : 0.5
    }
}

/// The last times that a window told; a window in which nothing ended tells none, and 0 would read as "fast".
struct KnownTimes: Sendable, Hashable {
    var serviceMean = 0.0
    var serviceP95 = 0.0
    var responseMean = 0.0
    var responseMax = 0.0

    mutating func learn(from metrics: WindowMetrics) {
        serviceMean = metrics.serviceTimeMean ?? serviceMean
        serviceP95 = metrics.serviceTimeP95 ?? serviceP95
        responseMean = metrics.responseTimeMean ?? responseMean
        responseMax = metrics.responseTimeMax ?? responseMax
    }
}
