import Farm

/// The calls that a farm has handed over to a gateway's queue, in that order.
///
/// The queue runs the oldest first, a number of them at a time; the others wait there. A call's limit counts from when it can
/// be running.
struct QueueLine {
    struct Call {
        let attempt: TaskAttempt
        let handedOver: ContinuousClock.Instant
        /// Since when it can be running; nil while it has to wait for others.
        var running: ContinuousClock.Instant?
        /// Whether another call has overtaken it, on the way to the queue.
        var isOvertaken = false
        /// How long it ran in real seconds, once the queue has told of it.
        var ran: Double?

        var number: Int { attempt.number }
    }

    private(set) var calls: [Call] = []
    /// Calls of this episode whose callbacks did not come in time, by number.
    private var abandoned: [Int: Call] = [:]
    /// How long the last calls had to wait for calls that are not ours, when they could have been running otherwise.
    private(set) var foreign = Duration.zero

    var count: Int { calls.count }

    mutating func handOver(_ call: Call) { calls.append(call) }

    /// The call has ended, or was given up: then its callback may still come.
    mutating func remove(_ number: Int, isGivenUp: Bool = false) -> Call? {
        guard let index = calls.firstIndex(where: { $0.number == number }) else { return nil }
        let call = calls.remove(at: index)
        if isGivenUp { abandoned[number] = call }
        return call
    }

    /// The queue has told how long a call ran.
    mutating func note(ran seconds: Double, _ number: Int) {
        guard let index = calls.firstIndex(where: { $0.number == number }) else { return }
        calls[index].ran = seconds
    }

    /// A call that was taken to wait, and is gone from here, has run: one that was taken to run waits in its place, so its limit
    /// begins now. Once, so that one whose callback is lost is given up in the end.
    mutating func overtake(at now: ContinuousClock.Instant) {
        guard let index = calls.lastIndex(where: { $0.running != nil && !$0.isOvertaken }) else { return }
        calls[index].running = now
        calls[index].isOvertaken = true
    }

    /// The call that was given up, once, when its callback has come after all.
    mutating func recover(_ number: Int) -> Call? { abandoned.removeValue(forKey: number) }

    /// Late callbacks of the last episode say nothing any more.
    mutating func forgetAbandoned() { abandoned = [:] }

    /// Marks the oldest `concurrency` calls as running.
    ///
    /// - Returns: those that were not.
    mutating func start(_ concurrency: Int, at now: ContinuousClock.Instant) -> [TaskAttempt] {
        var started: [TaskAttempt] = []
        for index in calls.indices.prefix(concurrency) where calls[index].running == nil {
            calls[index].running = now
            started.append(calls[index].attempt)
        }
        return started
    }

    /// A call ran for `duration` until `now`; what it had waited beyond its turn was for others.
    mutating func learn(_ call: Call, ran duration: Duration, until now: ContinuousClock.Instant) {
        let waited = now - duration - (call.running ?? call.handedOver)
        // A tenth less with each call that had to wait less.
        foreign = max(.zero, waited, foreign * 9 / 10)
    }

    /// When the first limit passes, if calls may run for `limit`; nil when none runs.
    func nextEnd(_ limit: Duration) -> ContinuousClock.Instant? {
        calls.compactMap(\.running).min().map { $0 + limit + foreign }
    }

    /// The calls whose limit has passed.
    func overdue(_ limit: Duration, at now: ContinuousClock.Instant) -> [Int] {
        calls.filter { call in call.running.map { $0 + limit + foreign <= now } ?? false }.map(\.number)
    }
}
