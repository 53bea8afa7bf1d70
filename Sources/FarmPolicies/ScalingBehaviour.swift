import Farm

/// How fast a Kubernetes HorizontalPodAutoscaler may follow its metric: `spec.behavior` of `autoscaling/v2`.
///
/// Scale-down stabilisation (the highest recommendation of the window counts, the number at the beginning being the first
/// one), no stabilisation of scale-up, and rate limits within a period: up by the larger of a percentage and a number,
/// down by a number. Kubernetes takes a decision every 15 s; here one is taken a step.
struct ScalingBehaviour: Sendable {
    static let stabilisation = PolicyParameter(
        "stabilisation", .number(0...3_600), default: "300", "seconds for which a need keeps workers from going",
        candidates: .values([0, 30, 60, 120, 300]))
    static let upPercent = PolicyParameter(
        "up-percent", .number(0...100_000), default: "100", "added workers in a period at most, in per cent")
    static let upWorkers = PolicyParameter(
        "up-workers", .whole(0...10_000), default: "4", "added workers in a period at most, if that is more")
    static let downWorkers = PolicyParameter(
        "down-workers", .whole(0...10_000), default: "0", "removed workers in a period at most; 0 for no limit")
    static let period = PolicyParameter("period", .number(0...1_800), default: "15", "seconds of a period")
    static let parameters = [stabilisation, upPercent, upWorkers, downWorkers, period]

    private let stabilisation: Double
    private let upFactor: Double
    private let upWorkers: Double
    private let downWorkers: Double
    private let period: Double
    private var recommendations = SlidingWindow()
    private var changes = SlidingWindow()
    private var last: (time: Double, workers: Int)?

    init(_ arguments: PolicyArguments) {
        stabilisation = arguments.number(ScalingBehaviour.stabilisation)
        upFactor = 1 + arguments.number(ScalingBehaviour.upPercent) / 100
        upWorkers = arguments.number(ScalingBehaviour.upWorkers)
        downWorkers = arguments.number(ScalingBehaviour.downWorkers)
        period = arguments.number(ScalingBehaviour.period)
    }

    mutating func begin() {
        recommendations.removeAll()
        changes.removeAll()
        last = nil
    }

    /// The number to ask for, given what the metric recommends.
    mutating func follow(_ recommendation: Int, _ metrics: WindowMetrics) -> Int {
        let time = metrics.time.finite(or: last?.time ?? 0)
        let current = metrics.current
        // What was asked for may have been moved into bounds; only what came of it is a change.
        if let last {
            changes.add(Double(current) - Double(last.workers), at: last.time)
        } else {
            recommendations.add(Double(current), at: time)
        }
        last = (time, current)
        recommendations.add(Double(recommendation), at: time)
        recommendations.keep(after: time - stabilisation)
        changes.keep(after: time - period)

        let highest = max(Double(recommendation), recommendations.maximum ?? 0)
        let atPeriodStart = Double(current) - changes.sum
        if recommendation > current {
            let limit = max(atPeriodStart + upWorkers, (atPeriodStart * upFactor).rounded(.up), Double(current))
            return min(Double(recommendation), limit).roundedUpToWorkers
        }
        let limit = downWorkers > 0 ? min(atPeriodStart - downWorkers, Double(current)) : 0
        return min(max(highest, limit), Double(current)).roundedUpToWorkers
    }
}

/// Values with their times, oldest first.
struct SlidingWindow: Sendable {
    private var entries: [(time: Double, value: Double)] = []

    mutating func add(_ value: Double, at time: Double) { entries.append((time, value)) }

    /// Forgets what is not after `time`.
    mutating func keep(after time: Double) { entries.removeAll { $0.time <= time } }

    mutating func removeAll() { entries.removeAll() }

    var isEmpty: Bool { entries.isEmpty }
    var maximum: Double? { entries.lazy.map(\.value).max() }
    var sum: Double { entries.reduce(0) { $0 + $1.value } }
}
