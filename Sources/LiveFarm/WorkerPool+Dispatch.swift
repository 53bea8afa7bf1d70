import Farm

/// Which unit gets the next call.
extension WorkerPool {
    /// The unit with the most free workers; nil when no worker is free. Units that refused calls come last; of those
    /// with one worker each, the ones that have taken a call since they came up come first.
    mutating func freest(at now: Double) -> Int? {
        settle(at: now)
        if let most = callLimit.most, inFlight >= most { return nil }
        let scoutsRest =
            coldStarts.isScouting && (now < coldStarts.scoutsUntil || units.contains { $0.isScout && $0.inFlight > 0 })
        var best: Int?
        var most = (-1, 0)
        for index in units.indices where !(scoutsRest && units[index].isScout) {
            let free = capacity(of: index, at: now) - units[index].inFlight
            guard free > 0 else { continue }
            let isUnproven = isSingle && !units[index].restraint.isProven
            let rank = units[index].restraint.held > 0 ? 0 : isUnproven ? 1 : 2
            if (rank, free) > most { (best, most) = (index, (rank, free)) }
        }
        return best
    }

    /// How many calls the unit may have. One that nothing is known of gets a call to try it: workers that were asked for
    /// are there or not, whether the platform tells or not.
    private func capacity(of index: Int, at now: Double) -> Int {
        let ready = units[index].ready
        if !units[index].sight.isDoubted, ready > 0 { return units[index].restraint.capacity(of: ready, at: now) }
        guard isBlind(to: units[index], at: now) else { return 0 }
        if units[index].sight.isDoubted { return now >= units[index].restraint.until ? 1 : 0 }
        return units[index].restraint.capacity(of: 1, at: now)
    }

    /// Whether the platform has taken the unit's number, and has not said for a while what became of it.
    private func isBlind(to unit: WorkerUnit, at now: Double) -> Bool {
        guard unit.asked > 0, unit.scaling.told == unit.asked, !unit.scaling.isChanging,
            unit.sight.missingSince == nil
        else { return false }
        return unit.sight.seenAt.map { now - $0 > Self.blindAfter * speed } ?? true
    }

    /// Notes how a unit took a call that has ended.
    ///
    /// - Returns: whether it is known to take calls: one did, since its last refusal.
    @discardableResult
    mutating func receive(_ reception: AttemptEnd.Reception, of index: Int, begunAt begun: Double, at now: Double)
        -> Bool
    {
        let wasProven = units[index].restraint.isProven
        switch reception {
        case .taken:
            // Of workers that the platform does not tell of, one that takes a call shows that there may be more.
            if isBlind(to: units[index], at: now) {
                units[index].sight.isDoubted = false
                units[index].available = min(units[index].asked, units[index].available + 1)
            }
            let wasScout = units[index].isScout
            learn(
                units[index].restraint.accept(
                    begunAt: begun, inFlight: min(units[index].inFlight + 1, units[index].ready), at: now),
                of: index)
            if wasScout, !units[index].isScout { coldStarts.endScouting() }
        case .refused, .unfound, .away:
            if reception != .refused {
                units[index].sight.isDoubted = true
                units[index].sight.isAway = reception == .away
            }
            if reception != .away, units[index].isScout { coldStarts.refuse(begunAt: begun, rests: rests, at: now) }
            units[index].restraint.refuse(begunAt: begun, ready: units[index].ready, rests: rests, at: now)
        case .nothing: units[index].restraint.learnNothing(begunAt: begun)
        }
        return wasProven
    }

    /// This program could not make a call: no more than are under way, until that is over.
    mutating func limitCalls(at now: Double) {
        callLimit = CallLimit(most: max(1, inFlight), changes: now + Self.taken * speed)
    }

    /// When a unit may get calls again, if nothing else happens.
    func nextChange(after now: Double) -> Double? {
        var next = callLimit.most == nil ? Double.infinity : max(callLimit.changes, now)
        if coldStarts.isScouting, coldStarts.scoutsUntil > now { next = min(next, coldStarts.scoutsUntil) }
        for index in units.indices
        where units[index].restraint.held > 0 || units[index].restraint.trial != nil {
            next = min(next, units[index].restraint.nextChange(rests: rests, after: now) ?? .infinity)
        }
        return next.isFinite ? next : nil
    }

    private mutating func settle(at now: Double) {
        // A call that waits elsewhere has not been taken by time alone.
        for index in units.indices where units[index].restraint.trial != nil && units[index].waiting == 0 {
            let wasScout = units[index].isScout
            learn(
                units[index].restraint.settle(
                    inFlight: min(units[index].inFlight, units[index].ready), rests: rests, at: now),
                of: index)
            if wasScout, !units[index].isScout { coldStarts.endScouting() }
        }
        if let most = callLimit.most, now >= callLimit.changes {
            let raised = most + max(1, most / 8)
            callLimit = CallLimit(most: raised < desired ? raised : nil, changes: now + Self.taken * speed)
        }
    }

    /// Holds workers of a unit back that have just come up, if such have refused calls before.
    mutating func holdNew(_ count: Int, of index: Int, at now: Double) {
        units[index].risenAt = now
        guard let outage = coldStarts.outage, outage > Self.firstRest * speed / 2 else { return }
        units[index].restraint.hold(count, of: units[index].ready, until: now + outage, at: now)
    }

    /// Remembers how long a unit refused calls that had just come up: the next one will, too. A little less, so that it
    /// is found out when that gets shorter.
    private mutating func learn(_ outage: Restraint.Outage?, of index: Int) {
        // Of workers that come to others which take calls, only what begins with them is of their start.
        guard let outage, let risen = units[index].risenAt,
            outage.isFirst || outage.began - risen < Self.taken * speed
        else { return }
        coldStarts.outage = 0.9 * min(max(0, outage.ended - risen), Self.longestHold * speed)
    }

    private var rests: Restraint.Rests {
        .init(first: Self.firstRest * speed, longest: Self.longestRest * speed, taken: Self.taken * speed)
    }

    // In real seconds.
    private static let firstRest = 0.5
    private static let longestRest = 10.0
    private static let longestHold = 30.0
    private static let taken = 1.0
    private static let blindAfter = 1.5
}

/// What is learned of units that have just come up.
struct ColdStarts {
    /// How long they were seen to refuse calls, in scenario seconds.
    var outage: Double?
    /// Tries of units that have taken no call yet which were refused in a row, and until when there is no other.
    private var scoutTries = 0
    private(set) var scoutsUntil = -Double.infinity

    /// Whether units that have taken no call yet are tried one at a time: they come up alike.
    var isScouting: Bool { scoutTries > 0 }

    /// A call of such a unit that began at `begun` was refused.
    mutating func refuse(begunAt begun: Double, rests: Restraint.Rests, at now: Double) {
        guard begun >= scoutsUntil else { return }
        scoutTries += 1
        scoutsUntil = now + rests.rest(after: scoutTries)
    }

    mutating func endScouting() { (scoutTries, scoutsUntil) = (0, -.infinity) }
}

/// Calls that may be under way, while this program cannot make more.
struct CallLimit {
    /// nil: any number.
    var most: Int?
    var changes = Double.infinity
}
