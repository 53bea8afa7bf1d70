/// How far a function is left alone after calls of it were refused. Times are scenario seconds.
///
/// A replica that counts as ready before its function listens refuses within a millisecond, so it is always free and would
/// swallow the queue. Each refusal holds one of the function's workers back; those that have proven themselves go on. After a
/// rest one call more tries whether it is over. The rest grows with each try that is refused, and one that is taken opens
/// half of what is held back.
struct Restraint {
    /// The lengths of rests, in scenario seconds.
    struct Rests {
        var first: Double
        var longest: Double
        /// A call that has not been refused for so long has been taken.
        var taken: Double

        /// The rest after so many tries that were refused, 1 or more.
        func rest(after tries: Int) -> Double {
            var rest = first
            for _ in 1..<max(tries, 1) where rest < longest { rest *= 3 }
            return min(rest, longest)
        }
    }

    /// A time in which calls were refused, or would have been.
    struct Outage: Equatable {
        var began: Double
        /// When the call could begin that was taken.
        var ended: Double
        /// Whether the function had taken no call before.
        var isFirst: Bool
    }

    /// Workers that get no calls.
    private(set) var held = 0
    /// No call tries the held ones before.
    private(set) var until = -Double.infinity
    /// Whether a call was taken since the last refusal, and since the function last came up from nothing.
    private(set) var isProven = false
    /// Calls that it was seen to take at a time, since it last had fewer workers.
    private(set) var proven = 0
    private var tries = 0
    /// When the present outage began, and whether no call had been taken by then.
    private var since: (time: Double, isFirst: Bool)?
    /// When the first call began that may show that the outage is over, or that the function takes calls at all.
    private(set) var trial: Double?

    /// How many of `ready` workers may have calls.
    func capacity(of ready: Int, at now: Double) -> Int {
        guard held > 0, ready > 0 else { return ready }
        let open = max(0, ready - held)
        return now < until ? min(open, proven) : open + 1
    }

    /// A call begins.
    mutating func begin(at now: Double) {
        if trial == nil, held > 0 ? now >= until : proven == 0 { trial = now }
    }

    /// A call that began at `begun` was refused.
    mutating func refuse(begunAt begun: Double, ready: Int, rests: Rests, at now: Double) {
        isProven = false
        trial = nil
        since = since ?? (now, proven == 0)
        held = min(held + 1, max(ready, 1))
        // Calls that began before the rest say no more than the one that it follows.
        guard begun >= until else { return }
        tries += 1
        until = now + rests.rest(after: tries)
    }

    /// Holds `count` workers back that have just come up, until `until`, since such have refused calls before.
    mutating func hold(_ count: Int, of ready: Int, until: Double, at now: Double) {
        held = min(held + count, ready)
        since = since ?? (now, true)
        self.until = max(self.until, until)
    }

    /// A call that began at `begun` was taken, one of `inFlight`.
    ///
    /// - Returns: the outage that this ends.
    mutating func accept(begunAt begun: Double, inFlight: Int, at now: Double) -> Outage? {
        guard held > 0 else {
            isProven = true
            proven = max(proven, inFlight)
            trial = nil
            return nil
        }
        // What began during the rest ran on a worker that is not held back.
        guard begun >= until else { return nil }
        isProven = true
        proven = max(proven, inFlight)
        trial = nil
        held /= 2
        // Some of its workers take calls, so what is still held back is tried sooner.
        tries = held == 0 ? 0 : tries / 2
        defer { (since, until) = (nil, now) }
        return since.map { Outage(began: $0.time, ended: until, isFirst: $0.isFirst) }
    }

    /// A call that began at `begun` has ended without telling whether its function takes calls.
    mutating func learnNothing(begunAt begun: Double) {
        if trial == begun { trial = nil }
    }

    /// Counts a trial as taken that was not refused for long enough.
    mutating func settle(inFlight: Int, rests: Rests, at now: Double) -> Outage? {
        guard let trial, now - trial >= rests.taken else { return nil }
        return accept(begunAt: trial, inFlight: inFlight, at: now)
    }

    /// When ``capacity(of:at:)`` may change by itself.
    func nextChange(rests: Rests, after now: Double) -> Double? {
        guard held > 0 || trial != nil else { return nil }
        return [until, trial.map { $0 + rests.taken }].compactMap { $0 }.filter { $0 > now }.min()
    }

    /// What was held back was not the function's fault.
    mutating func reopen() {
        (held, tries, until, since, trial) = (0, 0, -.infinity, nil, nil)
    }

    /// The function has `ready` workers now.
    mutating func limit(to ready: Int) {
        proven = min(proven, ready)
        held = min(held, max(ready, 1))
        if ready == 0 { isProven = false }
    }
}
