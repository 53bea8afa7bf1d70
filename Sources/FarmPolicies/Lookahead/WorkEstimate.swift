public import Farm
public import Randomness

/// What the work of a task takes, as far as is known: the scenario's distribution, scaled to the mean that was measured.
///
///     var work = WorkEstimate(stage.service)
///     work.learn(mean: 1.4, of: 30)
///     let seconds = work.draw(using: &generator)
public struct WorkEstimate: Sendable {
    /// Samples of the prior distribution, ascending, with mean 1.
    private let unit: [Double]
    /// Their sums so far, over the sum of all.
    private let cumulative: [Double]
    /// Tasks that the prior mean counts as, and the most that anything counts as, so that a drift is followed.
    private static let priorTasks = 8.0
    private static let mostTasks = 400.0
    private var known = WorkEstimate.priorTasks
    /// Seconds.
    public private(set) var mean: Double

    public init(_ service: ServiceTime) {
        // Of a drift nobody knows beforehand.
        var service = service
        service.drift = nil
        let sampler = ServiceSampler(service)
        var generator = PCG64(seed: Seed(1))
        let drawn = (0..<512).map { _ in sampler.sample(at: 0, using: &generator) }
            .map { $0.isFinite ? min(max($0, 0), 1e9) : 0 }.sorted()
        let sum = drawn.reduce(0, +)
        mean = max(sum / 512, 1e-6)
        unit = sum > 0 ? drawn.map { $0 * 512 / sum } : drawn.map { _ in 1 }
        var before = 0.0
        cumulative = unit.map { value in
            before += value / 512
            return before
        }
    }

    /// - Parameters:
    ///   - mean: measured, in seconds.
    ///   - tasks: attempts that it is the mean of.
    public mutating func learn(mean measured: Double, of tasks: Int) {
        guard measured.isFinite, measured >= 0, tasks > 0 else { return }
        let count = Double(min(tasks, 200))
        let kept = known * 0.97
        mean = min(max((mean * kept + measured * count) / (kept + count), 1e-6), 1e9)
        known = min(kept + count, WorkEstimate.mostTasks)
    }

    /// A task's work in seconds.
    public func draw(using generator: inout PCG64) -> Double {
        mean * unit[min(Int(generator.nextDouble() * 512), 511)]
    }

    /// What is left of a task that is seen under way: longer ones are seen more often, at a uniform point.
    func drawRest(using generator: inout PCG64) -> Double {
        let share = generator.nextDouble()
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > share { high = middle } else { low = middle + 1 }
        }
        return mean * unit[low] * generator.nextDouble()
    }
}

/// How evenly tasks come inside of a window: learnt from how many of them come in its last third.
public struct ArrivalSpread: Sendable, Hashable {
    private var pairs = 6.0
    private var excess = 2.0

    public init() {}

    /// - Parameters:
    ///   - arrivals: of the window.
    ///   - recent: of its last third.
    public mutating func learn(_ arrivals: Int, recent: Double) {
        guard arrivals >= 3, recent.isFinite else { return }
        let count = Double(min(arrivals, 1_000_000))
        let recent = min(max(recent, 0), count)
        // The square over its binomial variance is 1 on average for even arrivals, and (count - 1) / (concentration + 1) more
        // for a beta-binomial.
        let square = (recent - count / 3) * (recent - count / 3) / (count * 2 / 9)
        pairs = 0.98 * pairs + count - 1
        excess = 0.98 * excess + square - 1
    }

    /// Of the Dirichlet distribution of a window's thirds; nil for even arrivals.
    var concentration: Double? {
        let correlation = max(0, excess / pairs)
        guard correlation > 5e-3 else { return nil }
        return max(0.3, 1 / correlation - 1)
    }

    /// Times in [0, 1) of so many arrivals, ascending.
    func draw(_ count: Int, sampling: Sampling, using generator: inout PCG64) -> [Double] {
        var parts = (1.0 / 3, 1.0 / 3, 1.0 / 3)
        if let concentration {
            let a = sampling.gamma(shape: concentration / 3, using: &generator)
            let b = sampling.gamma(shape: concentration / 3, using: &generator)
            let c = sampling.gamma(shape: concentration / 3, using: &generator)
            let sum = a + b + c
            if sum > 1e-290 { parts = (a / sum, b / sum, c / sum) }
        }
        var times: [Double] = []
        times.reserveCapacity(max(count, 0))
        for _ in 0..<max(count, 0) {
            let third = generator.nextDouble()
            let start = third < parts.0 ? 0.0 : third < parts.0 + parts.1 ? 1 : 2
            times.append((start + generator.nextDouble()) / 3)
        }
        return times.sorted()
    }
}
