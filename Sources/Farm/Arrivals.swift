import Foundation

/// When tasks are generated.
public enum Arrivals: Sendable, Hashable {
    /// One phase after the other, from time 0.
    case phases([Phase])
    /// Given tasks.
    case bag(TaskBag)

    /// A stretch of time with a rate of its own.
    public struct Phase: Sendable, Hashable {
        public var name: String
        public var seconds: Double
        public var rate: Rate
        /// Exactly so many tasks, at times distributed as the rate says; nil: a Poisson process.
        public var tasks: Int?

        public init(name: String, seconds: Double, rate: Rate, tasks: Int? = nil) {
            self.name = name
            self.seconds = seconds
            self.rate = rate
            self.tasks = tasks
        }
    }

    /// Tasks a second over a phase.
    public enum Rate: Sendable, Hashable {
        case constant(Double)
        /// Linear from the phase's beginning to its end.
        case ramp(from: Double, to: Double)
        /// `mean + amplitude · sin(2π · cycles · t / length)`, not below 0.
        case sine(mean: Double, amplitude: Double, cycles: Double)

        /// The rate at `fraction` (0 to 1) of the phase.
        public func value(at fraction: Double) -> Double {
            switch self {
            case .constant(let rate): rate
            case .ramp(let from, let to): from + (to - from) * fraction
            case .sine(let mean, let amplitude, let cycles): max(0, mean + amplitude * sin(2 * .pi * cycles * fraction))
            }
        }

        /// The highest rate of the phase.
        public var peak: Double {
            switch self {
            case .constant(let rate): rate
            case .ramp(let from, let to): max(from, to)
            case .sine(let mean, let amplitude, _): mean + abs(amplitude)
            }
        }

        /// The mean rate of the phase.
        public var mean: Double {
            switch self {
            case .constant(let rate): rate
            case .ramp(let from, let to): (from + to) / 2
            case .sine(let mean, _, let cycles) where cycles == 0: max(0, mean)
            case .sine(let mean, let amplitude, let cycles) where abs(amplitude) <= mean:
                mean + amplitude * (1 - cos(2 * .pi * cycles)) / (2 * .pi * cycles)
            case .sine(let mean, let amplitude, let cycles): Self.cutMean(mean, amplitude, cycles)
            }
        }

        /// Of a sine that is cut off at 0. Whole cycles are all alike: one of them and the rest are integrated, by the midpoint
        /// rule.
        private static func cutMean(_ mean: Double, _ amplitude: Double, _ cycles: Double) -> Double {
            func integral(over cycles: Double) -> Double {
                let points = 1_024
                let width = cycles / Double(points)
                var sum = 0.0
                for point in 0..<points {
                    let angle = 2 * .pi * width * (Double(point) + 0.5)
                    sum += max(0, mean + amplitude * sin(angle))
                }
                return sum * width
            }
            let whole = cycles.rounded(.down)
            let wholeCycles = whole > 0 ? whole * integral(over: 1) : 0
            return (wholeCycles + integral(over: cycles - whole)) / cycles
        }
    }

    /// The expected number of tasks generated before `time`; phases that are cut by it count in proportion.
    public func expectedCount(before time: Double) -> Double {
        switch self {
        case .phases(let phases):
            var start = 0.0
            var count = 0.0
            for phase in phases {
                let share = phase.seconds > 0 ? min(max((time - start) / phase.seconds, 0), 1) : 0
                count += share * (phase.tasks.map(Double.init) ?? phase.rate.mean * phase.seconds)
                start += phase.seconds
            }
            return count
        case .bag(let bag): return Double(bag.tasks.filter { $0.at < time }.count)
        }
    }

    /// Phases that have not begun at `time` (the paper's observation 0).
    public func phasesToCome(at time: Double) -> Int {
        guard case .phases(let phases) = self else { return 0 }
        var start = 0.0
        return phases.count { phase in
            defer { start += phase.seconds }
            return start > time
        }
    }

    /// The times of an episode's tasks in ascending order; nil for a bag, whose times are given.
    func times(using generator: inout some RandomNumberGenerator) -> [Double]? {
        guard case .phases(let phases) = self else { return nil }
        var times: [Double] = []
        var start = 0.0
        for phase in phases {
            times += phase.times(using: &generator).map { start + $0 }
            start += phase.seconds
        }
        return times
    }
}

extension Arrivals.Phase {
    /// By thinning a process of the peak rate (Lewis and Shedler, 1979); a fixed number by rejection from the same shape.
    fileprivate func times(using generator: inout some RandomNumberGenerator) -> [Double] {
        let peak = rate.peak
        guard peak > 0, rate.mean > 0, seconds > 0 else { return [] }
        var times: [Double] = []
        if let tasks {
            while times.count < tasks {
                let fraction = Sampling.uniform(using: &generator)
                if Sampling.uniform(using: &generator) * peak < rate.value(at: fraction) {
                    times.append(fraction * seconds)
                }
            }
            return times.sorted()
        }
        var time = Sampling.exponential(mean: 1 / peak, using: &generator)
        while time < seconds {
            if Sampling.uniform(using: &generator) * peak < rate.value(at: time / seconds) { times.append(time) }
            time += Sampling.exponential(mean: 1 / peak, using: &generator)
        }
        return times
    }
}
