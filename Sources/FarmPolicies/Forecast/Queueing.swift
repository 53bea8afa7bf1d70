import Randomness

/// Formulas of queues with several servers: how many workers a load needs so that few tasks wait too long.
///
///     let load = Queueing.Load(rate: 11.67, service: 0.5)      // 5.8 busy workers on the average
///     Queueing.delayProbability(workers: 8, offered: load.offered)        // 0.32 of the tasks wait at all
///     load.leastWorkers(miss: 0.05, slack: 0.5, limit: 32)                // 8 keep 95 % from waiting more than 0.5 s
enum Queueing {
    /// The probability that a task finds all of `workers` servers busy and is turned away (Erlang's B; Erlang 1917).
    ///
    /// - Parameter offered: busy servers that the load would need on the average, 0 or more.
    static func blockingProbability(workers: Int, offered: Double) -> Double {
        guard offered > 0 else { return workers > 0 ? 0 : 1 }
        var blocking = 1.0
        for count in 1..<max(workers, 0) + 1 { blocking = offered * blocking / (Double(count) + offered * blocking) }
        return blocking
    }

    /// The probability that a task has to wait (Erlang's C), from B as in `B / (1 − (a/c)(1 − B))`; 1 where the load
    /// is the workers' capacity or more.
    static func delayProbability(workers: Int, offered: Double) -> Double {
        waiting(workers: workers, offered: offered, blocking: blockingProbability(workers: workers, offered: offered))
    }

    static func waiting(workers: Int, offered: Double, blocking: Double) -> Double {
        guard offered > 0 else { return workers > 0 ? 0 : 1 }
        guard offered < Double(workers) else { return 1 }
        return blocking / (1 - offered / Double(workers) * (1 - blocking))
    }

    /// The share of tasks that wait in a large farm of `a + β √a` workers (Halfin and Whitt, Operations Research
    /// 29(3), 1981): `1 / (1 + β Φ(β) / φ(β))`.
    ///
    /// - Parameter beta: above 0.
    static func halfinWhitt(beta: Double) -> Double {
        1 / (1 + beta * Normal.distribution(beta) / Normal.density(beta))
    }

    /// The least workers of the square-root rule for tasks that should not wait at all: `ceil(a + β √a)`, where β
    /// gives `waiting` by ``halfinWhitt(beta:)``.
    ///
    /// - Parameter waiting: from 0 to 1, exclusive.
    static func squareRootStaffing(offered: Double, waiting: Double) -> Int {
        var (low, high) = (0.0, 40.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if halfinWhitt(beta: middle) > waiting { low = middle } else { high = middle }
        }
        return (offered + high * max(offered, 0).squareRoot()).roundedUpToWorkers
    }

    /// Tasks that come, and what they take.
    struct Load {
        /// Tasks a second.
        var rate: Double
        /// Seconds of work a task, on the average.
        var service: Double
        /// `(ca² + cs²) / 2`: how much more tasks wait than with Poisson arrivals and exponential work, for which it
        /// is 1 (Allen and Cunneen; Whitt, Production and Operations Management 2(2), 1993). On the safe side for
        /// heavy tails.
        var variability = 1.0

        /// Workers that are busy on the average.
        var offered: Double { rate * service }

        /// The probability that a task waits longer than `slack` seconds where `waiting` do at all.
        func late(workers: Int, slack: Double, waiting: Double) -> Double {
            guard slack > 0, waiting > 0 else { return waiting }
            let spare = Double(workers) / service - rate
            guard spare > 0 else { return 1 }
            return waiting * Elementary.exp(-spare * slack / max(variability, 1e-3))
        }

        /// The least workers above the offered load that let at most the share `miss` of the tasks wait longer than
        /// `slack` seconds; `limit` where fewer do not.
        func leastWorkers(miss: Double, slack: Double, limit: Int) -> Int {
            guard rate > 0, service > 0 else { return 0 }
            var blocking = 1.0
            var workers = 0
            while workers < limit {
                workers += 1
                blocking = offered * blocking / (Double(workers) + offered * blocking)
                guard Double(workers) > offered else { continue }
                let waiting = Queueing.waiting(workers: workers, offered: offered, blocking: blocking)
                if late(workers: workers, slack: slack, waiting: waiting) <= miss { break }
            }
            return workers
        }
    }
}

/// The standard normal distribution.
enum Normal {
    static func density(_ x: Double) -> Double { Elementary.exp(-x * x / 2) * 0.3989422804014327 }

    /// The probability of less than `x`: by the series of `Φ(x) − 1/2 = φ(x) (x + x³/3 + x⁵/15 + …)` (Marsaglia,
    /// Journal of Statistical Software 11(4), 2004).
    static func distribution(_ x: Double) -> Double {
        guard abs(x) < 8 else { return x > 0 ? 1 : 0 }
        var (sum, term, index) = (x, x, 1.0)
        while abs(term) > 1e-17 * abs(sum), index < 400 {
            index += 2
            term *= x * x / index
            sum += term
        }
        return 0.5 + sum * density(x)
    }

    /// What `share` of the draws are below.
    ///
    /// - Parameter share: from 0 to 1, exclusive.
    static func quantile(_ share: Double) -> Double {
        var (low, high) = (-8.0, 8.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if distribution(middle) < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
