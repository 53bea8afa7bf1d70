/// What is known of the functions of a pool, and the worker-time they cost. Times are scenario seconds.
struct WorkerPool {
    struct Function {
        let name: String
        /// Replicas asked for last.
        var asked = 0
        /// Replicas that could take a call when the gateway was last seen.
        var available = 0
        var inFlight = 0
        /// Of the calls in flight, those that wait in the gateway's queue: no worker has them yet.
        var waiting = 0
        /// A call that changes it is under way.
        var isChanging = false
        /// What the gateway was told last; nil before the first call of an episode, and when it must be told again.
        var told: Int?
        var seenAt: Double?
        /// After a failed call: not again before.
        var heldUntil = -Double.infinity
        /// Failed calls in a row.
        var failures = 0
        /// Since when the gateway has not known the function.
        var missingSince: Double?
        /// A call did not reach it: it gets no tasks until the gateway has said again how many workers it has, but one now
        /// and then while the gateway says nothing.
        var isDoubted = false
        /// The call found no gateway.
        var isAway = false
        /// How far it is left alone after refusals.
        var restraint = Restraint()
        /// When its available workers last became more.
        var risenAt: Double?
        /// Changes that have begun; a status that was asked for before the last one is old.
        var changes = 0
        /// The bounds that the gateway was found to move numbers into.
        var floor = 0
        var ceiling: Int?
        /// Of a pool of one-worker functions: whether it may have a replica on the gateway, which is paid for.
        var remains = false

        /// A replica that is on its way out may still be counted as available, hence the bound.
        var ready: Int { min(available, asked) }

        /// An estimate: calls that run beyond the ready workers run on workers that are being taken away.
        var busyDraining: Int { max(0, busy - ready) }

        /// Calls that workers have.
        var busy: Int { inFlight - waiting }

        /// Whether it has taken no call since it came up.
        var isScout: Bool { restraint.proven == 0 }

        var draining: Int { asked == 0 && remains ? max(1, busyDraining) : busyDraining }
    }

    /// Whether functions have one worker each, are deployed for it and deleted after it.
    let isDisposable: Bool
    var functions: [Function]
    /// The most workers that the gateway was found to allow.
    var capacity: Int?
    /// Replicas that each function is known to keep from the start.
    private let leastReplicas: Int
    /// How long functions that had just come up were seen to refuse calls, in scenario seconds.
    var startUpOutage: Double?
    /// Tries of functions that have taken no call yet which were refused in a row, and until when there is no other.
    var scoutTries = 0
    var scoutsUntil = -Double.infinity
    /// Calls that may be under way, while this program cannot make more; nil: any number.
    var callLimit: Int?
    var callLimitChanges = Double.infinity
    private(set) var integratedTo = 0.0
    private(set) var time = WorkerTime()
    /// Scenario seconds in a real one.
    let speed: Double

    init(names: [String], isDisposable: Bool = false, leastReplicas: Int = 0, speed: Double = 1) {
        self.isDisposable = isDisposable
        self.leastReplicas = leastReplicas
        self.speed = speed
        functions = names.map { Function(name: $0, floor: leastReplicas) }
    }

    /// Workers that the gateway is known to keep, whatever is asked for.
    var floor: Int { functions.reduce(0) { $0 + $1.floor } }

    var desired: Int { functions.reduce(0) { $0 + $1.asked } }
    var ready: Int { functions.reduce(0) { $0 + $1.ready } }
    var inFlight: Int { functions.reduce(0) { $0 + $1.inFlight } }
    var starting: Int { functions.reduce(0) { $0 + max(0, $1.asked - $1.ready) } }
    var draining: Int { functions.reduce(0) { $0 + $1.draining } }

    /// Whether the workers are as many as asked for and none of the others works any more. Idle ones may still be on their
    /// way out.
    var isSettled: Bool {
        ready == desired && !functions.contains { $0.isChanging && $0.asked > 0 || $0.busyDraining > 0 }
    }

    /// When the least recently seen function was seen; nil while one that has workers has never been.
    var oldestSight: Double? {
        var oldest = Double.infinity
        for function in functions where !isDisposable || function.asked > 0 {
            guard let seenAt = function.seenAt else { return nil }
            oldest = min(oldest, seenAt)
        }
        return oldest.isFinite ? oldest : nil
    }

    /// Asks for `count` workers, or as many as the gateway is known to allow.
    mutating func ask(for count: Int, at now: Double) {
        integrate(to: now)
        let asked = isDisposable ? choose(min(count, capacity ?? count)) : spread(count)
        for index in functions.indices {
            functions[index].asked = asked[index]
            functions[index].restraint.limit(to: functions[index].ready)
        }
    }

    /// The function was found with so many replicas, which nobody needs to be told.
    mutating func find(_ index: Int, replicas: Int, available: Int, at now: Double) {
        functions[index].asked = replicas
        functions[index].told = replicas
        see(index, available: available, at: now)
    }

    /// Evenly, within what each function was found to take; the first functions get what is left over.
    private func spread(_ count: Int) -> [Int] {
        var asked = functions.map(\.floor)
        var rest = count - asked.reduce(0, +)
        while rest > 0 {
            let open = functions.indices.filter { asked[$0] < functions[$0].ceiling ?? .max }
            guard let least = open.map({ asked[$0] }).min() else { break }
            for index in open where asked[index] == least && rest > 0 {
                asked[index] += 1
                rest -= 1
            }
        }
        return asked
    }

    /// One worker in each of `count` functions: those that have one, as far as possible, and of those the busy ones.
    private func choose(_ count: Int) -> [Int] {
        func rank(_ function: Function) -> Int {
            if function.asked > 0 { return function.inFlight > 0 ? 0 : function.ready > 0 ? 1 : 2 }
            if function.isChanging { return 5 }
            return function.remains ? 3 : 4
        }
        let order = functions.indices.sorted { (rank(functions[$0]), $0) < (rank(functions[$1]), $1) }
        var asked = [Int](repeating: 0, count: functions.count)
        for index in order.prefix(max(0, count)) { asked[index] = 1 }
        return asked
    }

    /// Functions whose gateway does not yet know what is asked for, and may be told now. A function is deleted only once
    /// idle.
    func outOfDate(at now: Double) -> [Int] {
        functions.indices.filter {
            let function = functions[$0]
            guard function.told != function.asked, !function.isChanging, function.heldUntil <= now else { return false }
            guard isDisposable, function.asked == 0 else { return true }
            return (function.told != nil || function.remains) && function.inFlight == 0
        }
    }

    /// - Parameter isWaiting: whether the call has to wait for its worker elsewhere, until ``startCall(_:at:)``.
    mutating func beginCall(_ index: Int, isWaiting: Bool = false, at now: Double) {
        integrate(to: now)
        functions[index].inFlight += 1
        if isWaiting { functions[index].waiting += 1 }
        functions[index].restraint.begin(at: now)
    }

    /// A call that waited elsewhere has its worker now.
    mutating func startCall(_ index: Int, at now: Double) {
        integrate(to: now)
        functions[index].waiting -= 1
    }

    /// - Parameter isWaiting: whether the call still waits elsewhere.
    mutating func endCall(_ index: Int, isWaiting: Bool = false, at now: Double) {
        integrate(to: now)
        functions[index].inFlight -= 1
        if isWaiting { functions[index].waiting -= 1 }
    }

    mutating func beginScaling(_ index: Int) -> Int {
        functions[index].isChanging = true
        functions[index].changes += 1
        functions[index].told = functions[index].asked
        return functions[index].asked
    }

    /// The gateway could not be told; it is told again after `delay` seconds.
    mutating func failScaling(_ index: Int, delay: Double, at now: Double) {
        functions[index].isChanging = false
        functions[index].failures += 1
        // A function that could not be deleted is still there.
        functions[index].told = isDisposable && functions[index].told == 0 ? 1 : nil
        functions[index].heldUntil = now + delay
    }

    /// Somebody else has changed the function: the gateway is told again after `delay` seconds.
    mutating func tellAgain(_ index: Int, delay: Double, at now: Double) {
        integrate(to: now)
        functions[index].told = nil
        functions[index].heldUntil = now + delay
    }

    /// The gateway made it `replicas` where `told` were asked for.
    ///
    /// - Returns: whether the gateway limited the number.
    mutating func endScaling(_ index: Int, replicas: Int, at now: Double) -> Bool {
        integrate(to: now)
        functions[index].isChanging = false
        functions[index].failures = 0
        guard let told = functions[index].told, replicas != told else { return false }
        if replicas < told { functions[index].ceiling = replicas } else { functions[index].floor = replicas }
        let wanted = desired
        functions[index].told = replicas
        // Others may take what this function does not.
        ask(for: wanted, at: now)
        return true
    }

    /// The gateway takes no further function: the workers that there are will have to do.
    mutating func refuseWorker(_ index: Int, at now: Double) {
        integrate(to: now)
        functions[index].isChanging = false
        functions[index].told = nil
        functions[index].asked = 0
        let wanted = desired
        // Those that are deployed, or may yet be.
        capacity = functions.count { $0.told == 1 }
        ask(for: wanted, at: now)
    }

    /// A status of the function; nil when the gateway does not know it.
    mutating func see(_ index: Int, available: Int?, at now: Double) {
        integrate(to: now)
        if let available {
            if functions[index].isDoubted, functions[index].isAway { functions[index].restraint.reopen() }
            let before = functions[index].ready
            functions[index].available = available
            let risen = functions[index].ready - before
            if risen > 0 { holdNew(risen, of: index, at: now) }
            functions[index].restraint.limit(to: functions[index].ready)
            functions[index].seenAt = now
            functions[index].missingSince = nil
            functions[index].isDoubted = false
        } else if functions[index].missingSince == nil {
            functions[index].missingSince = now
        }
    }

    /// Notes whether a replica of the function is on the gateway.
    mutating func note(remains: Bool, of index: Int, at now: Double) {
        integrate(to: now)
        functions[index].remains = remains
    }

    /// Begins an episode's accounts at time 0.
    mutating func startAccounts() {
        callLimit = nil
        (scoutTries, scoutsUntil) = (0, -.infinity)
        for index in functions.indices where functions[index].seenAt != nil { functions[index].seenAt = 0 }
        for index in functions.indices {
            functions[index].missingSince = nil
            functions[index].heldUntil = -.infinity
            functions[index].restraint.reopen()
            functions[index].risenAt = functions[index].risenAt.map { _ in 0 }
        }
        integratedTo = 0
        time = WorkerTime()
    }

    /// Forgets the limits that were found: they may have been another's doing.
    mutating func forgetLimits() {
        capacity = nil
        for index in functions.indices {
            functions[index].floor = leastReplicas
            functions[index].ceiling = nil
        }
    }

    /// Ends a window's accounts.
    mutating func closeWindow(at now: Double) -> WorkerTime {
        integrate(to: now)
        defer { time = WorkerTime() }
        return time
    }

    private mutating func integrate(to now: Double) {
        let seconds = now - integratedTo
        guard seconds > 0 else { return }
        integratedTo = now
        // In one pass: this is done at each beginning and end of a call.
        var (paid, ready, able, busy) = (0, 0, 0, 0)
        for function in functions {
            let (isReady, isAble) = (function.ready, function.ready + function.busyDraining)
            paid += max(isReady, function.asked) + function.draining
            ready += isReady
            able += isAble
            busy += function.busy
        }
        time.paid += Double(paid) * seconds
        time.ready += Double(ready) * seconds
        time.able += Double(able) * seconds
        time.busy += Double(busy) * seconds
    }
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
