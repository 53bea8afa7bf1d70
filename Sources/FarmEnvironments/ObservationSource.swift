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

    /// Whether each stage has a value of its own.
    var isOfStages: Bool {
        switch self {
        case .qos, .timeOfDay, .remainingFraction, .responseTimeMean, .responseTimeMax: false
        default: true
        }
    }

    /// What must be told for it.
    var need: MetricAbsences {
        switch self {
        case .queueLength: .queue
        case .oldestAge: .oldestAge
        case .running: .running
        case .arrivalRate, .recentArrivalRate: .arrivals
        case .serviceTimeMean, .serviceTimeP95: .service
        case .qos: .deadlines
        case .completions, .failures: .completions
        case .utilisation: .utilisation
        case .responseTimeMean, .responseTimeMax: .response
        case .collisions, .retries: .calls
        case .ready, .starting, .draining, .desired, .lastAction, .timeOfDay, .remainingFraction: []
        }
    }

    /// The raw value after a window.
    ///
    /// - Parameter stage: one of the window's, with `known` and `scale` its own.
    func raw(_ metrics: WindowMetrics, _ stage: StageMetrics, known: KnownTimes, scale: FarmScale) -> Double {
        switch self {
        case .queueLength: Double(stage.queueLength)
        case .oldestAge: stage.oldestAge
        case .running: Double(stage.running)
        case .ready: Double(stage.workers.ready)
        case .starting: Double(stage.workers.starting)
        case .draining: Double(stage.workers.draining)
        case .desired: Double(stage.workers.desired)
        case .arrivalRate: stage.arrivalRate
        case .recentArrivalRate: stage.recentArrivalRate
        case .serviceTimeMean: known.serviceMean
        case .serviceTimeP95: known.serviceP95
        case .qos: metrics.qos
        case .completions: Double(stage.completions)
        case .failures: Double(stage.failures)
        case .utilisation: stage.utilisation
        case .lastAction: lastAction(stage.workers.appliedDelta, span: scale.workers.max - scale.workers.min)
        case .timeOfDay: metrics.time.truncatingRemainder(dividingBy: 86_400) / 86_400
        case .remainingFraction: 1 - metrics.time / scale.horizon
        case .responseTimeMean: known.responseMean
        case .responseTimeMax: known.responseMax
        case .collisions: Double(stage.calls.collisions)
        case .retries: Double(stage.calls.retries)
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

    mutating func learn(from metrics: WindowMetrics, _ stage: StageMetrics) {
        serviceMean = stage.serviceTimeMean ?? serviceMean
        serviceP95 = stage.serviceTimeP95 ?? serviceP95
        responseMean = metrics.responseTimeMean ?? responseMean
        responseMax = metrics.responseTimeMax ?? responseMax
    }
}
