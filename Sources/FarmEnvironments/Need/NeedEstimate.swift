import Farm

/// How many workers a stage needs, by what was measured: arrivals, work and backlog, and how they have been going.
///
/// What the action scheme `need` acts on and the observation `relative` is measured against. It knows what an operator knows:
/// the windows' metrics, deadline, start-up and bounds of the scenario, and nothing of its schedule.
struct NeedEstimate: Sendable {
    /// Tasks a second: a mean over about a dozen tasks, and so over part of a window where there are many.
    private(set) var rate = 0.0
    /// The same over 60 windows.
    private(set) var slowRate = 0.0
    /// Seconds of work of a task; the scenario's until some were measured.
    private(set) var service = 0.0
    /// The work's 95th percentile over its mean.
    private(set) var spread = 2.0
    /// Variance of the windows' counts round ``rate``, over what a Poisson process would have.
    private(set) var dispersion = 1.0
    /// Share of the decided tasks that were missed, over about ten windows.
    private(set) var missShare = 0.0
    /// Share of windows, over about a hundred, in which the need was more than twice its mean.
    private(set) var burstShare = 0.0
    /// The highest need of late, forgotten by half in 8, 50 and 300 windows.
    private(set) var peaks = SIMD3(repeating: 0.0)
    /// Workers that would get done what waits before its deadlines.
    private(set) var backlog = 0.0
    /// Windows taken in.
    private(set) var windows = 0
    private var measured = 0.0

    /// What is left of a peak after a window.
    private static let decays = SIMD3(0.917, 0.98623, 0.99769)
    /// Tasks over which ``rate`` is a mean.
    private static let tasks = 12.0

    /// Workers that are busy on average, at the present rate.
    var load: Double { rate * service }

    /// Workers that keep up with the load and with half a deviation of a Poisson process; a twentieth at least.
    var steady: Double { max(load + load.squareRoot() / 2, 0.05) }

    /// What an action multiplies.
    var need: Need { Need(steady: steady, backlog: backlog) }

    /// Begins an episode, of which only what the farm began with is known.
    mutating func begin(_ scale: FarmScale) {
        self = NeedEstimate()
        service = scale.meanService
        rate = 0.75 * Double(max(scale.workers.initial, 1)) / service
        slowRate = rate
        peaks = SIMD3(repeating: load)
    }

    /// Takes in a window.
    mutating func learn(_ metrics: WindowMetrics, _ stage: StageMetrics, _ scale: FarmScale) {
        let seconds = NeedEstimate.amount(metrics.windowSeconds)
        guard seconds >= 1e-3 else { return }
        learnService(stage)
        let count = min(Double(max(stage.arrivals, 0)), 1e9)
        let expected = rate * seconds
        if windows >= 2 {
            let surprise = min((count - expected) * (count - expected) / max(expected, 1), 1e4)
            dispersion += (surprise - dispersion) / min(Double(windows), 20)
        }
        windows += 1
        let most = max(expected, count)
        let weight = max(most / (most + NeedEstimate.tasks), 1 / Double(windows))
        rate += weight * (count / seconds - rate)
        slowRate += (count / seconds - slowRate) / min(Double(windows), 60)
        learnBacklog(stage, scale)
        let now = max(rate, count / seconds) * service + backlog
        let isBurst = now > 2 * max(slowRate * service, 0.5)
        burstShare += ((isBurst ? 1 : 0) - burstShare) / min(Double(windows), 100)
        peaks = pointwiseMax(peaks * NeedEstimate.decays, SIMD3(repeating: now))
        let decided = Double(max(metrics.met, 0)) + Double(max(metrics.missed, 0))
        if decided > 0 {
            missShare += (Double(max(metrics.missed, 0)) / decided - missShare) / min(Double(windows), 10)
        }
    }

    private mutating func learnService(_ stage: StageMetrics) {
        let done = min(Double(max(stage.completions, 0)), 1e9)
        guard let mean = stage.serviceTimeMean, mean > 0, mean.isFinite, done > 0 else { return }
        // What the scenario says counts like ten tasks, and what was measured like a hundred at most.
        let weight = done / (min(measured + 10, 100) + done)
        service += weight * (min(max(mean, 1e-6), 1e6) - service)
        measured += done
        guard let high = stage.serviceTimeP95, high > 0 else { return }
        spread += weight * (min(max(high / mean, 1), 10) - spread)
    }

    private mutating func learnBacklog(_ stage: StageMetrics, _ scale: FarmScale) {
        let waiting = Double(max(stage.queueLength, 0))
        let slack = max(scale.meanDeadline - NeedEstimate.amount(stage.oldestAge) - service, service)
        backlog = waiting * min(1, service / slack)
    }

    /// A measured time that is one, or 0.
    private static func amount(_ value: Double) -> Double { value <= 1e9 ? max(value, 0) : 0 }
}

/// Workers that a stage needs.
public struct Need: Sendable, Hashable {
    /// For what comes.
    public var steady: Double
    /// For what waits, beyond those.
    public var backlog: Double

    public init(steady: Double = 0, backlog: Double = 0) {
        self.steady = steady
        self.backlog = backlog
    }
}
