/// What is known of one of the units that workers come in. Times are scenario seconds.
struct WorkerUnit {
    /// What the platform was told of a unit, and does not do.
    struct Scaling {
        /// A request that changes the unit is under way.
        var isChanging = false
        /// What the platform was told last; nil before the first request of an episode, and when it must be told again.
        var told: Int?
        /// After a failed request: not again before.
        var heldUntil = -Double.infinity
        /// Failed requests in a row.
        var failures = 0
        /// Requests that have begun; a sight that was asked for before the last one is old.
        var changes = 0
        /// The bounds that the platform was found to move numbers into.
        var floor = 0
        var ceiling: Int?

        mutating func begin(_ count: Int) {
            isChanging = true
            changes += 1
            told = count
        }

        mutating func end() {
            isChanging = false
            failures = 0
        }
    }

    /// When the platform told of a unit.
    struct Sight {
        var seenAt: Double?
        /// Since when the platform has not known the unit.
        var missingSince: Double?
        /// A call did not reach it: it gets no tasks until the platform has said again how many workers it has, but one now
        /// and then while the platform says nothing.
        var isDoubted = false
        /// The call found no platform.
        var isAway = false

        mutating func see(at now: Double) {
            seenAt = now
            missingSince = nil
            isDoubted = false
        }
    }

    let name: String
    /// Workers asked for last.
    var asked = 0
    /// Workers that could take a call when the unit was last seen.
    var available = 0
    var inFlight = 0
    /// Of the calls in flight, those that wait for a worker elsewhere.
    var waiting = 0
    var scaling: Scaling
    var sight = Sight()
    /// How far it is left alone after refusals.
    var restraint = Restraint()
    /// When its available workers last became more.
    var risenAt: Double?
    /// Of a unit that is one worker: whether it may be there, which is paid for.
    var remains = false
    /// Whether the platform has it no more. Its number is kept for when it is back.
    var isGone = false

    init(name: String, floor: Int = 0) {
        self.name = name
        scaling = Scaling(floor: floor)
    }

    /// A worker that is on its way out may still be counted as available, hence the bound.
    var ready: Int { min(available, asked) }

    /// An estimate: calls that run beyond the ready workers run on workers that are being taken away.
    var busyDraining: Int { max(0, busy - ready) }

    /// Calls that workers have.
    var busy: Int { inFlight - waiting }

    /// Whether it has taken no call since it came up.
    var isScout: Bool { restraint.proven == 0 }

    var draining: Int { asked == 0 && remains ? max(1, busyDraining) : busyDraining }
}

/// The worker-time that units cost, integrated over a window.
struct WorkerAccounts {
    private(set) var integratedTo = 0.0
    private(set) var time = WorkerTime()

    /// Adds up what `units` have been since the last time.
    mutating func integrate(_ units: [WorkerUnit], to now: Double) {
        let seconds = now - integratedTo
        guard seconds > 0 else { return }
        integratedTo = now
        // In one pass: this is done at each beginning and end of a call.
        var (paid, ready, able, busy) = (0, 0, 0, 0)
        for unit in units {
            let (isReady, isAble) = (unit.ready, unit.ready + unit.busyDraining)
            paid += max(isReady, unit.asked) + unit.draining
            ready += isReady
            able += isAble
            busy += unit.busy
        }
        time.paid += Double(paid) * seconds
        time.ready += Double(ready) * seconds
        time.able += Double(able) * seconds
        time.busy += Double(busy) * seconds
    }

    /// Ends a window.
    mutating func close() -> WorkerTime { exchange(&time, with: WorkerTime()) }
}

/// Integrals over a window, in worker-seconds.
struct WorkerTime {
    /// ∫ (starting + ready + draining) dt.
    var paid = 0.0
    var ready = 0.0
    /// ∫ (ready + those whose last call runs) dt.
    var able = 0.0
    /// ∫ calls that workers have dt.
    var busy = 0.0
}
