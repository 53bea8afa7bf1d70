import Farm

/// What is known of the units of a pool, and the worker-time they cost. Times are scenario seconds.
struct WorkerPool {
    /// Whether a unit is one worker, which is there or not.
    let isSingle: Bool
    var units: [WorkerUnit]
    /// The most workers that the platform was found to allow.
    var capacity: Int?
    /// Workers that each unit is known to keep from the start.
    private let leastEach: Int
    /// Whether an episode has asked for workers; until then everything stays as it was found.
    var isSteered = false
    var coldStarts = ColdStarts()
    var callLimit = CallLimit()
    private var accounts = WorkerAccounts()
    /// Scenario seconds in a real one.
    let speed: Double

    init(names: [String], isSingle: Bool = false, leastEach: Int = 0, speed: Double = 1) {
        self.isSingle = isSingle
        self.leastEach = leastEach
        self.speed = speed
        units = names.map { WorkerUnit(name: $0, floor: leastEach) }
    }

    /// Workers that the platform is known to keep, whatever is asked for.
    var floor: Int { units.reduce(0) { $0 + $1.scaling.floor } }

    var desired: Int { units.reduce(0) { $0 + $1.asked } }
    var ready: Int { units.reduce(0) { $0 + $1.ready } }
    var inFlight: Int { units.reduce(0) { $0 + $1.inFlight } }
    var starting: Int { units.reduce(0) { $0 + max(0, $1.asked - $1.ready) } }
    var draining: Int { units.reduce(0) { $0 + $1.draining } }

    /// Whether the workers are as many as asked for and none of the others works any more. Idle ones may still be on their
    /// way out.
    var isSettled: Bool {
        ready == desired && !units.contains { $0.scaling.isChanging && $0.asked > 0 || $0.busyDraining > 0 }
    }

    /// When the least recently seen unit was seen; nil while one that has workers has never been.
    var oldestSight: Double? {
        var oldest = Double.infinity
        for unit in units where !isSingle || unit.asked > 0 {
            guard let seenAt = unit.sight.seenAt else { return nil }
            oldest = min(oldest, seenAt)
        }
        return oldest.isFinite ? oldest : nil
    }

    /// Asks for `count` workers, or as many as the platform is known to allow.
    mutating func ask(for count: Int, at now: Double) {
        integrate(to: now)
        let asked = isSingle ? choose(min(count, capacity ?? count)) : spread(count)
        for index in units.indices {
            units[index].asked = asked[index]
            units[index].restraint.limit(to: units[index].ready)
        }
    }

    /// The unit was found like this, which nobody needs to be told.
    mutating func find(_ index: Int, _ sight: WorkerSight, at now: Double) {
        if isSingle {
            units[index].scaling.told = 1
            note(remains: sight.count > 0, of: index, at: now)
        } else {
            units[index].asked = sight.count
            units[index].scaling.told = sight.count
        }
        see(index, available: sight.available, at: now)
    }

    /// A unit has come; its number is the next one.
    mutating func add(_ name: String, at now: Double) {
        integrate(to: now)
        units.append(WorkerUnit(name: name, floor: leastEach))
        if isSteered { ask(for: desired, at: now) }
    }

    /// A unit has gone, or is back. Others take over what is asked for, as far as they can.
    mutating func set(isGone: Bool, _ index: Int, at now: Double) {
        let wanted = desired
        integrate(to: now)
        units[index].isGone = isGone
        if isSteered { ask(for: wanted, at: now) }
    }

    /// Evenly, within what each unit was found to take.
    private func spread(_ count: Int) -> [Int] {
        EvenShares.of(
            count, floors: units.map { $0.isGone ? 0 : $0.scaling.floor },
            ceilings: units.map { $0.isGone ? 0 : $0.scaling.ceiling })
    }

    /// One worker in each of `count` units: those that have one, as far as possible, and of those the busy ones.
    private func choose(_ count: Int) -> [Int] {
        func rank(_ unit: WorkerUnit) -> Int {
            if unit.asked > 0 { return unit.inFlight > 0 ? 0 : unit.ready > 0 ? 1 : 2 }
            if unit.scaling.isChanging { return 5 }
            return unit.remains ? 3 : 4
        }
        let order = units.indices.filter { !units[$0].isGone }.sorted { (rank(units[$0]), $0) < (rank(units[$1]), $1) }
        var asked = [Int](repeating: 0, count: units.count)
        for index in order.prefix(max(0, count)) { asked[index] = 1 }
        return asked
    }

    /// Units of which the platform does not yet know what is asked for, and may be told now. A single worker goes only once
    /// idle.
    func outOfDate(at now: Double) -> [Int] {
        units.indices.filter {
            let (unit, scaling) = (units[$0], units[$0].scaling)
            guard scaling.told != unit.asked, !scaling.isChanging, scaling.heldUntil <= now else { return false }
            guard isSingle, unit.asked == 0 else { return true }
            return (scaling.told != nil || unit.remains) && unit.inFlight == 0
        }
    }

    /// - Parameter isWaiting: whether the call has to wait for its worker elsewhere, until ``startCall(_:at:)``.
    mutating func beginCall(_ index: Int, isWaiting: Bool = false, at now: Double) {
        integrate(to: now)
        units[index].inFlight += 1
        if isWaiting { units[index].waiting += 1 }
        units[index].restraint.begin(at: now)
    }

    /// A call that waited elsewhere has its worker now.
    mutating func startCall(_ index: Int, at now: Double) {
        integrate(to: now)
        units[index].waiting -= 1
    }

    /// - Parameter isWaiting: whether the call still waits elsewhere.
    mutating func endCall(_ index: Int, isWaiting: Bool = false, at now: Double) {
        integrate(to: now)
        units[index].inFlight -= 1
        if isWaiting { units[index].waiting -= 1 }
    }

    /// The platform is about to be told.
    ///
    /// - Returns: the number for it.
    mutating func beginScaling(_ index: Int) -> Int {
        units[index].scaling.begin(units[index].asked)
        return units[index].asked
    }

    /// The platform could not be told; it is told again after `delay` seconds.
    mutating func failScaling(_ index: Int, delay: Double, at now: Double) {
        units[index].scaling.isChanging = false
        units[index].scaling.failures += 1
        // A worker that could not be ended is still there.
        units[index].scaling.told = isSingle && units[index].scaling.told == 0 ? 1 : nil
        units[index].scaling.heldUntil = now + delay
    }

    /// Somebody else has changed the unit: the platform is told again after `delay` seconds.
    mutating func tellAgain(_ index: Int, delay: Double, at now: Double) {
        integrate(to: now)
        units[index].scaling.told = nil
        units[index].scaling.heldUntil = now + delay
    }

    /// The platform made it `count` workers where `told` were asked for.
    ///
    /// - Returns: whether it limited the number.
    @discardableResult
    mutating func endScaling(_ index: Int, count: Int, at now: Double) -> Bool {
        integrate(to: now)
        units[index].scaling.end()
        guard let told = units[index].scaling.told, count != told else { return false }
        if count < told { units[index].scaling.ceiling = count } else { units[index].scaling.floor = count }
        let wanted = desired
        units[index].scaling.told = count
        // Others may take what this unit does not.
        ask(for: wanted, at: now)
        return true
    }

    /// The single worker of a unit is there, or is gone.
    mutating func endChange(_ index: Int, _ sight: WorkerSight, at now: Double) {
        integrate(to: now)
        units[index].scaling.end()
        units[index].remains = sight.count > 0
        if sight.count == 0, units[index].scaling.told == 0 { units[index].scaling.told = nil }
        see(index, available: sight.available, at: now)
    }

    /// The platform takes no further unit: the workers that there are will have to do.
    mutating func refuseUnit(_ index: Int, at now: Double) {
        integrate(to: now)
        units[index].scaling.isChanging = false
        units[index].scaling.told = nil
        units[index].asked = 0
        units[index].remains = false
        let wanted = desired
        // Those that are there, or may yet be.
        capacity = units.count { $0.scaling.told == 1 }
        ask(for: wanted, at: now)
    }

    /// What the platform says of the unit; nil when it does not know it.
    mutating func see(_ index: Int, available: Int?, at now: Double) {
        integrate(to: now)
        if let available {
            if units[index].sight.isDoubted, units[index].sight.isAway { units[index].restraint.reopen() }
            let before = units[index].ready
            units[index].available = available
            let risen = units[index].ready - before
            if risen > 0 { holdNew(risen, of: index, at: now) }
            units[index].restraint.limit(to: units[index].ready)
            units[index].sight.see(at: now)
        } else if units[index].sight.missingSince == nil {
            units[index].sight.missingSince = now
        }
    }

    /// Notes whether the single worker of a unit is there.
    mutating func note(remains: Bool, of index: Int, at now: Double) {
        integrate(to: now)
        units[index].remains = remains
    }

    /// Begins an episode's accounts at time 0.
    mutating func startAccounts() {
        callLimit = CallLimit()
        coldStarts.endScouting()
        for index in units.indices {
            if units[index].sight.seenAt != nil { units[index].sight.seenAt = 0 }
            units[index].sight.missingSince = nil
            units[index].scaling.heldUntil = -.infinity
            units[index].restraint.reopen()
            units[index].risenAt = units[index].risenAt.map { _ in 0 }
        }
        accounts = WorkerAccounts()
    }

    /// Forgets the limits that were found: they may have been another's doing.
    mutating func forgetLimits() {
        capacity = nil
        for index in units.indices {
            units[index].scaling.floor = leastEach
            units[index].scaling.ceiling = nil
        }
    }

    /// Ends a window's accounts.
    mutating func closeWindow(at now: Double) -> WorkerTime {
        integrate(to: now)
        return accounts.close()
    }

    private mutating func integrate(to now: Double) { accounts.integrate(units, to: now) }
}
