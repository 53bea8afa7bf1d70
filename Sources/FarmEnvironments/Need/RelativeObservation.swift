import Farm
import Randomness

/// The observation `relative`: what is known of a stage in proportion to what it needs, so that it means the same on every farm.
///
/// Numbers of workers and tasks are over the need, times over the deadline or the step, rates over the present one. A ratio r
/// comes as r / (1 + r), which is 0.5 where the two are equal; what has a size of its own comes as a logarithm.
public enum RelativeObservation {
    /// The names of the numbers, in order.
    public static let names = numbers.map(\.name)

    /// What each is, for people, in the same order.
    public static let meanings = numbers.map(\.meaning)

    struct Number: Sendable {
        let name: String
        let meaning: String
        let value: @Sendable (Context) -> Double

        init(_ name: String, _ meaning: String, _ value: @escaping @Sendable (Context) -> Double) {
            (self.name, self.meaning, self.value) = (name, meaning, value)
        }
    }

    /// What the numbers are made of.
    struct Context {
        let metrics: WindowMetrics
        let stage: StageMetrics
        let estimate: NeedEstimate
        let scale: FarmScale
        let steady: Double

        /// A number of workers or tasks over the need.
        func share(_ count: Int) -> Double { share(Double(count)) }
        func share(_ amount: Double) -> Double { RelativeObservation.ratio(amount, to: steady) }
    }

    static let numbers: [Number] = [
        Number("load", "busy workers that the present rate makes: log1p(x) / log1p(256)") {
            logarithm($0.estimate.load, 256)
        },
        Number("tasks", "tasks that a step brings at the present rate: log1p(x) / log1p(10000)") {
            logarithm($0.estimate.rate * $0.scale.stepSeconds, 10_000)
        },
        Number("backlog", "workers that what waits needs, over the need") { $0.share($0.estimate.backlog) },
        Number("waiting", "tasks that wait, over the need") { $0.share($0.stage.queueLength) },
        Number("running", "tasks that a worker is busy with, over the need") { $0.share($0.stage.running) },
        Number("ready", "workers able to take a task, over the need") { $0.share($0.stage.workers.ready) },
        Number("starting", "workers asked for and not ready yet, over the need") {
            $0.share($0.stage.workers.starting)
        },
        Number("draining", "workers that finish their last task, over the need") {
            $0.share($0.stage.workers.draining)
        },
        Number("desired", "workers asked for, over the need") { $0.share($0.stage.workers.desired) },
        Number("least", "the fewest workers there may be, over the need") { $0.share($0.scale.workers.min) },
        Number("most", "the most workers there may be, over the need") { $0.share($0.scale.workers.max) },
        Number("utilisation", "busy share of the ready and draining workers' time") { $0.stage.utilisation },
        Number("missed", "share of the window's decided tasks that missed their deadline") { 1 - $0.metrics.qos },
        Number("missed_of_late", "the same over about ten windows") { $0.estimate.missShare },
        Number("oldest_age", "age of the oldest waiting task, over the deadline") {
            ratio($0.stage.oldestAge, to: $0.scale.meanDeadline)
        },
        Number("window_rate", "arrivals over the window, over the present rate") {
            ratio($0.stage.arrivalRate, to: $0.estimate.rate)
        },
        Number("recent_rate", "arrivals over the window's last third, over the present rate") {
            ratio($0.stage.recentArrivalRate, to: $0.estimate.rate)
        },
        Number("slow_rate", "arrivals over 60 windows, over the present rate") {
            ratio($0.estimate.slowRate, to: $0.estimate.rate)
        },
        Number("peak_8", "the highest need of late, forgotten by half in 8 windows, over the need") {
            $0.share($0.estimate.peaks[0])
        },
        Number("peak_50", "the same, in 50 windows") { $0.share($0.estimate.peaks[1]) },
        Number("peak_300", "the same, in 300 windows") { $0.share($0.estimate.peaks[2]) },
        Number("bursts", "share of the last hundred windows or so that needed twice the mean") {
            $0.estimate.burstShare
        },
        Number("dispersion", "variance of the windows' counts over that of a Poisson process: r / (4 + r)") {
            ratio($0.estimate.dispersion, to: 4)
        },
        Number("windows", "windows seen: r / (20 + r)") { ratio(Double($0.estimate.windows), to: 20) },
        Number("service", "seconds of work of a task: r / (3 + r)") { ratio($0.estimate.service, to: 3) },
        Number("spread", "the work's 95th percentile over its mean: r / (2 + r)") { ratio($0.estimate.spread, to: 2) },
        Number("service_of_deadline", "work over the deadline") {
            ratio($0.estimate.service, to: $0.scale.meanDeadline)
        },
        Number("service_of_step", "work over the step") { ratio($0.estimate.service, to: $0.scale.stepSeconds) },
        Number("start_of_step", "a worker's start over the step") { ratio($0.scale.startUp, to: $0.scale.stepSeconds) },
        Number("start_of_deadline", "a worker's start over the deadline") {
            ratio($0.scale.startUp, to: $0.scale.meanDeadline)
        },
    ]

    /// Writes a stage's numbers, each finite and in [0, 1].
    static func write(_ context: Context, into frame: UnsafeMutableBufferPointer<Float>) {
        for index in numbers.indices {
            let value = numbers[index].value(context)
            // Written so that not-a-number becomes 0.
            frame[index] = value > 0 ? Float(min(value, 1)) : 0
        }
    }

    /// r / (1 + r) of r = amount / unit.
    static func ratio(_ amount: Double, to unit: Double) -> Double {
        guard amount > 0 else { return 0 }
        return amount.isFinite ? amount / (amount + max(unit, 1e-9)) : 1
    }

    private static func logarithm(_ amount: Double, _ cap: Double) -> Double {
        guard amount > 0 else { return 0 }
        return amount >= cap ? 1 : Elementary.log1p(amount) / Elementary.log1p(cap)
    }
}
