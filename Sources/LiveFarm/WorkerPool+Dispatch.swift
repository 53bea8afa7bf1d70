/// Which function gets the next call.
extension WorkerPool {
    /// What of a call came to light about its function.
    enum Reception {
        /// It took the call, whatever became of it.
        case taken
        /// It did not begin the work.
        case refused
        /// The gateway cannot find it.
        case unfound
        /// There was no gateway.
        case away
        /// Nothing: a full worker, a call that this program could not make or gave up.
        case nothing
    }

    /// The function with the most free workers; nil when no worker is free. Functions that refused calls come last; of those
    /// with one worker each, the ones that have taken a call since they came up come first.
    mutating func freest(at now: Double) -> Int? {
        settle(at: now)
        if let callLimit, inFlight >= callLimit { return nil }
        let scoutsRest = isScouting && (now < scoutsUntil || functions.contains { $0.isScout && $0.inFlight > 0 })
        var best: Int?
        var most = (-1, 0)
        for index in functions.indices where !(scoutsRest && functions[index].isScout) {
            let free = capacity(of: index, at: now) - functions[index].inFlight
            guard free > 0 else { continue }
            let isUnproven = isDisposable && !functions[index].restraint.isProven
            let rank = functions[index].restraint.held > 0 ? 0 : isUnproven ? 1 : 2
            if (rank, free) > most { (best, most) = (index, (rank, free)) }
        }
        return best
    }

    /// Whether functions that have taken no call yet are tried one at a time: they come up alike.
    private var isScouting: Bool { scoutTries > 0 }

    /// How many calls the function may have. One that nothing is known of gets a call to try it: workers that were asked for
    /// are there or not, whether the gateway tells or not.
    private func capacity(of index: Int, at now: Double) -> Int {
        let ready = functions[index].ready
        if !functions[index].isDoubted, ready > 0 { return functions[index].restraint.capacity(of: ready, at: now) }
        guard isBlind(to: functions[index], at: now) else { return 0 }
        if functions[index].isDoubted { return now >= functions[index].restraint.until ? 1 : 0 }
        return functions[index].restraint.capacity(of: 1, at: now)
    }

    /// Whether the gateway has taken the function's number, and has not said for a while what became of it.
    private func isBlind(to function: Function, at now: Double) -> Bool {
        guard function.asked > 0, function.told == function.asked, !function.isChanging, function.missingSince == nil
        else { return false }
        return function.seenAt.map { now - $0 > Self.blindAfter * speed } ?? true
    }

    /// Notes how a function took a call that has ended.
    ///
    /// - Returns: whether it is known to take calls: one did, since its last refusal.
    @discardableResult
    mutating func receive(_ reception: Reception, of index: Int, begunAt begun: Double, at now: Double) -> Bool {
        let wasProven = functions[index].restraint.isProven
        switch reception {
        case .taken:
            // Of workers that the gateway does not tell of, one that takes a call shows that there may be more.
            if isBlind(to: functions[index], at: now) {
                let function = functions[index]
                functions[index].isDoubted = false
                functions[index].available = min(function.asked, function.available + 1)
            }
            let wasScout = functions[index].isScout
            learn(
                functions[index].restraint.accept(
                    begunAt: begun, inFlight: min(functions[index].inFlight + 1, functions[index].ready), at: now),
                of: index)
            if wasScout, !functions[index].isScout { (scoutTries, scoutsUntil) = (0, -.infinity) }
        case .refused, .unfound, .away:
            if reception != .refused {
                functions[index].isDoubted = true
                functions[index].isAway = reception == .away
            }
            if reception != .away, functions[index].isScout, begun >= scoutsUntil {
                scoutTries += 1
                scoutsUntil = now + rests.rest(after: scoutTries)
            }
            functions[index].restraint.refuse(begunAt: begun, ready: functions[index].ready, rests: rests, at: now)
        case .nothing: functions[index].restraint.learnNothing(begunAt: begun)
        }
        return wasProven
    }

    /// This program could not make a call: no more than are under way, until that is over.
    mutating func limitCalls(at now: Double) {
        callLimit = max(1, inFlight)
        callLimitChanges = now + Self.taken * speed
    }

    /// When a function may get calls again, if nothing else happens.
    func nextChange(after now: Double) -> Double? {
        var next = callLimit == nil ? Double.infinity : max(callLimitChanges, now)
        if isScouting, scoutsUntil > now { next = min(next, scoutsUntil) }
        for index in functions.indices
        where functions[index].restraint.held > 0 || functions[index].restraint.trial != nil {
            next = min(next, functions[index].restraint.nextChange(rests: rests, after: now) ?? .infinity)
        }
        return next.isFinite ? next : nil
    }

    private mutating func settle(at now: Double) {
        // A call that waits elsewhere has not been taken by time alone.
        for index in functions.indices where functions[index].restraint.trial != nil && functions[index].waiting == 0 {
            let wasScout = functions[index].isScout
            learn(
                functions[index].restraint.settle(
                    inFlight: min(functions[index].inFlight, functions[index].ready), rests: rests, at: now),
                of: index)
            if wasScout, !functions[index].isScout { (scoutTries, scoutsUntil) = (0, -.infinity) }
        }
        if let limit = callLimit, now >= callLimitChanges {
            let raised = limit + max(1, limit / 8)
            callLimit = raised < desired ? raised : nil
            callLimitChanges = now + Self.taken * speed
        }
    }

    /// Holds workers of a function back that have just come up, if such have refused calls before.
    mutating func holdNew(_ count: Int, of index: Int, at now: Double) {
        functions[index].risenAt = now
        guard let startUpOutage, startUpOutage > Self.firstRest * speed / 2 else { return }
        functions[index].restraint.hold(count, of: functions[index].ready, until: now + startUpOutage, at: now)
    }

    /// Remembers how long a function refused calls that had just come up: the next one will, too. A little less, so that it
    /// is found out when that gets shorter.
    private mutating func learn(_ outage: Restraint.Outage?, of index: Int) {
        // Of workers that come to others which take calls, only what begins with them is of their start.
        guard let outage, let risen = functions[index].risenAt,
            outage.isFirst || outage.began - risen < Self.taken * speed
        else { return }
        startUpOutage = 0.9 * min(max(0, outage.ended - risen), Self.longestHold * speed)
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
