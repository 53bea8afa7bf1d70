import Randomness

/// When tasks are generated.
public enum Arrivals: Sendable, Hashable {
    /// One phase after the other, from time 0.
    case phases([Phase])
    /// Given tasks.
    case bag(TaskBag)
    /// Counted requests, as of a day of a real service.
    case trace(ArrivalTrace)
    /// The published code's way.
    case paced(PacedArrivals)
    /// Phases that each episode draws anew.
    case shuffled(ShuffledArrivals)

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
            case .sine(let mean, let amplitude, let cycles):
                max(0, mean + amplitude * Elementary.sine(turns: cycles * fraction))
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
                mean + amplitude * (1 - Elementary.sine(turns: cycles + 0.25)) / (2 * .pi * cycles)
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
                    sum += max(0, mean + amplitude * Elementary.sine(turns: width * (Double(point) + 0.5)))
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
        case .bag(let bag): return Double(bag.tasks.count { $0.at < time })
        case .trace(let trace):
            let windows = max(0, min(time / trace.seconds, Double(trace.counts.count)))
            let whole = Int(windows)
            let part = whole < trace.counts.count ? trace.counts[whole] * (windows - Double(whole)) : 0
            return trace.counts[..<whole].reduce(0, +) + part
        case .paced(let paced):
            var start = 0.0
            var count = 0.0
            for phase in paced.phases {
                let seconds = Double(phase.windows) * paced.windowSeconds
                count += min(max((time - start) / seconds, 0), 1) * Double(phase.tasks)
                start += seconds
            }
            return count
        case .shuffled(let shuffled): return shuffled.meanRate * time
        }
    }

    /// Whether an episode's tasks are a fixed number, so that they can all have ended before the horizon.
    public var isFixedCount: Bool {
        switch self {
        case .bag, .paced: true
        case .trace(let trace): trace.isExact
        case .phases(let phases): phases.allSatisfy { $0.tasks != nil }
        case .shuffled: false
        }
    }

    /// Phases that have not begun at `time` (the paper's observation 0), as far as that is known beforehand.
    public func phasesToCome(at time: Double) -> Int {
        guard case .phases(let phases) = self else { return 0 }
        var start = 0.0
        return phases.count { phase in
            defer { start += phase.seconds }
            return start > time
        }
    }
}
