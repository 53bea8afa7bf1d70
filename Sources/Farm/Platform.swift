public import Randomness

/// How the platform under a simulated farm behaves; a live farm has a platform of its own. Times are seconds.
public struct Platform: Sendable, Hashable {
    /// An idle worker takes a new task after a uniform time up to this: it polls.
    public var idlePoll = 0.0
    /// A worker takes the next waiting task so long after its last.
    public var busyPoll = 0.0
    /// A result is collected after a uniform time up to this.
    public var collectPoll = 0.0
    /// A blocking request for a worker returns so long after the worker can take tasks.
    public var startConfirm = 0.0
    /// A stopped worker's end is looked for at multiples of this from the request; 0: at once.
    public var stopPoll = 0.0
    /// After that it takes one of these times, equally likely, until the worker is gone.
    public var stop: [Double] = []
    /// A blocking step ends at least so long after its scaling.
    public var observe = 0.0
    /// Windows begin where the last one ended; otherwise they end on multiples of the step, and a window that overruns is
    /// merged with the next.
    public var isSliding = false
    /// How calls find their worker.
    public var dispatch = Dispatch.exact
    /// What becomes of a busy worker that is taken away.
    public var scaleDown = ScaleDown.graceful
    /// Workers that it keeps, whatever is asked for.
    public var floor = 0
    /// Workers come with requests, and no policy has a say; nil: the policy does.
    public var perRequest: PerRequest?

    /// Everything at once, exact and graceful.
    public init() {}

    /// Scaling as public clouds do it (Mahmoudi and Khazaei, SimFaaS, CLOSER 2021): a task that finds no idle worker starts one
    /// and is worked on at once, and a worker that has been idle for some time ends.
    public struct PerRequest: Sendable, Hashable {
        /// Idle seconds after which a worker ends.
        public var expiry: Double
        /// The first task of a worker takes longer by this factor.
        public var coldFactor: Double

        public init(expiry: Double, coldFactor: Double = 1) {
            self.expiry = expiry
            self.coldFactor = coldFactor
        }
    }

    public enum Dispatch: Sendable, Hashable {
        /// A waiting task goes to a free worker at once.
        case exact
        /// A call goes to a random worker of the least loaded of so many functions; a busy one refuses it, and it goes again
        /// within 5 to 50 ms.
        case random(functions: Int)
    }

    public enum ScaleDown: String, Sendable, Hashable, CaseIterable {
        /// It finishes its task first.
        case graceful
        /// Its attempt fails.
        case abrupt
    }
}

/// What goes wrong in a simulated farm, each with a probability.
public struct Faults: Sendable, Hashable {
    /// A starting worker fails at the end of its start-up and starts anew.
    public var start = 0.0
    /// An attempt fails, at a uniform point of its service time.
    public var attempt = 0.0
    /// A worker is slow for its whole life.
    public var slow = 0.0
    /// Service times of a slow worker are multiplied by this.
    public var slowFactor = 2.0

    /// Nothing.
    public init() {}
}

extension StartUpDelay {
    /// Draws a delay in seconds.
    public func sample(using generator: inout PCG64) -> Double {
        if !empirical.isEmpty {
            return empirical[Swift.min(Int(generator.nextDouble() * Double(empirical.count)), empirical.count - 1)]
        }
        if tailProbability > 0, generator.nextDouble() < tailProbability {
            return max + (tailMax - max) * generator.nextDouble()
        }
        return Sampling().truncatedNormal(
            mean: mean, standardDeviation: standardDeviation, min: min, max: max, using: &generator)
    }
}
