import Farm

/// The books of an episode: where every task is, and what happened in the current window.
///
/// It has no clock and does nothing by itself; every change comes with its time in scenario seconds. At every instant
/// `emitted = queued + running + done + failed`.
struct TaskLedger {
    private enum Place {
        case queued
        /// With a platform's queue, which has not begun it as far as is known. Counts as queued.
        case handedOver
        case running, done, failed

        /// Whether an attempt is under way.
        var isOut: Bool { self == .handedOver || self == .running }
        var isOpen: Bool { self == .queued || isOut }
    }

    private struct Entry {
        let task: FarmTask
        var place = Place.queued
        var attempts = 0
        /// Calls that were refused by units which take others.
        var refusals = 0
        var firstStartedAt: Double?
        /// When the last attempt began to run; while it waits in a platform's queue, nil.
        var startedAt: Double?
        /// Why it failed.
        var reason: String?
        /// Met or missed: a task is decided once.
        var isDecided = false
    }

    let retry: RetryPolicy
    private var entries: [Entry] = []
    private var queue = TaskQueue()
    private var deadlines = Heap<Deadline>()
    private(set) var totals = TaskTotals()
    private(set) var window = WindowTally()
    private var records: [TaskRecord] = []
    /// All tasks before this one have ended.
    private var firstOpen = 0

    private struct Deadline: Comparable {
        let at: Double
        let index: Int

        static func < (left: Deadline, right: Deadline) -> Bool { (left.at, left.index) < (right.at, right.index) }
    }

    init(retry: RetryPolicy) {
        self.retry = retry
    }

    /// Tasks that have neither been done nor failed.
    var openCount: Int { totals.queued + totals.running }

    /// When a back-off ends next.
    var nextDue: Double? { queue.nextDue }

    /// Puts the next task in generation order into the queue.
    ///
    /// - Returns: the task's ticket.
    @discardableResult
    mutating func emit(_ task: FarmTask, at now: Double) -> Int {
        let index = entries.count
        entries.append(Entry(task: task))
        queue.insert(index)
        deadlines.insert(Deadline(at: task.deadlineAt, index: index))
        totals.emitted += 1
        totals.queued += 1
        window.arrivalTimes.append(now)
        return index
    }

    /// How a task ended, and why if it failed; nil while it has not.
    func ending(of ticket: Int) -> (isDone: Bool, reason: String?)? {
        switch entries[ticket].place {
        case .queued, .handedOver, .running: nil
        case .done: (true, nil)
        case .failed: (false, entries[ticket].reason)
        }
    }

    /// Whether the task has neither been done nor failed.
    func isOpen(_ ticket: Int) -> Bool { entries[ticket].place.isOpen }

    /// Takes the oldest waiting task for an attempt.
    ///
    /// - Parameter isHandedOver: whether the attempt has to wait elsewhere, until ``start(_:at:)``.
    /// - Returns: the task's ticket for the calls below, the task, and the number of the attempt (from 1).
    mutating func beginNext(at now: Double, isHandedOver: Bool = false) -> (
        ticket: Int, task: FarmTask, attempt: Int
    )? {
        // A task that has ended by the answer to an earlier attempt is still in the queue.
        var next = queue.popFirst(at: now)
        while let index = next, entries[index].place != .queued { next = queue.popFirst(at: now) }
        guard let index = next else { return nil }
        entries[index].place = .handedOver
        entries[index].attempts += 1
        entries[index].startedAt = nil
        if !isHandedOver { start(index, at: now) }
        return (index, entries[index].task, entries[index].attempts)
    }

    /// The attempt runs now.
    mutating func start(_ ticket: Int, at now: Double) {
        guard entries[ticket].place == .handedOver else { return }
        entries[ticket].place = .running
        entries[ticket].startedAt = now
        if entries[ticket].firstStartedAt == nil { entries[ticket].firstStartedAt = now }
        totals.queued -= 1
        totals.running += 1
    }

    /// The result of a task, whichever attempt brought it. The first one counts; a later one is counted as a duplicate and
    /// dropped.
    ///
    /// - Parameter seconds: how long it ran, where that is known better than by the time since its beginning.
    mutating func complete(_ ticket: Int, worker: String, overhead: Double?, ran seconds: Double? = nil, at now: Double)
    {
        guard entries[ticket].place.isOpen else {
            window.calls.duplicates += 1
            return
        }
        decideDeadlines(at: now)
        let entry = entries[ticket]
        let began = seconds.map { max(entry.task.generatedAt, now - $0) } ?? entry.startedAt ?? now
        entries[ticket].startedAt = began
        entries[ticket].firstStartedAt = entry.attempts > 1 ? min(entry.firstStartedAt ?? began, began) : began
        leave(ticket, for: .done)
        totals.done += 1
        window.completions += 1
        window.serviceTimes.append(now - began)
        window.responseTimes.append(now - entry.task.generatedAt)
        if let overhead { window.overheads.append(overhead) }
        let isOnTime = now <= entry.task.deadlineAt
        if isOnTime { decide(ticket, met: true) } else { window.lateSeconds += now - entry.task.deadlineAt }
        record(ticket, .done, reason: nil, at: now, isOnTime: isOnTime, worker: worker)
    }

    /// A result that came for a task that had one already, or after its attempt had been given up.
    mutating func countDuplicate() {
        window.calls.duplicates += 1
    }

    /// A failed attempt: the task waits out its back-off, or fails when its attempts are used up.
    mutating func retry(_ ticket: Int, reason: String, worker: String, at now: Double) {
        guard entries[ticket].place.isOut else { return }
        if entries[ticket].attempts >= retry.maxAttempts {
            fail(ticket, reason: reason, worker: worker, at: now)
        } else {
            window.calls.retries += 1
            requeue(ticket, at: now + retry.delay(afterFailures: entries[ticket].attempts))
        }
    }

    /// A call that met a full worker: no attempt is counted, and it goes again after `delay` seconds.
    mutating func collide(_ ticket: Int, delay: Double, at now: Double) {
        guard entries[ticket].place.isOut else { return }
        window.calls.collisions += 1
        withdraw(ticket, delay: delay, at: now)
    }

    /// A call that was refused before the work began: no attempt is counted, and it goes again when a unit is free.
    ///
    /// - Parameter isProven: whether the unit took a call since it last refused one. After ``refusalsForFree`` refusals
    ///   by such units the task itself may be what stops them, and further ones are attempts.
    mutating func refuse(_ ticket: Int, reason: String, worker: String, isProven: Bool, at now: Double) {
        guard entries[ticket].place.isOut else { return }
        window.calls.refusals += 1
        if isProven { entries[ticket].refusals += 1 }
        guard !isProven || entries[ticket].refusals <= Self.refusalsForFree else {
            return retry(ticket, reason: reason, worker: worker, at: now)
        }
        withdraw(ticket, delay: 0, at: now)
    }

    static let refusalsForFree = 20

    /// The attempt was not made: it does not count, and the task goes again after `delay` seconds.
    mutating func withdraw(_ ticket: Int, delay: Double, at now: Double) {
        guard entries[ticket].place.isOut else { return }
        entries[ticket].attempts -= 1
        requeue(ticket, at: now + delay)
    }

    /// Ends a task without a result.
    mutating func fail(_ ticket: Int, reason: String, worker: String, at now: Double) {
        guard entries[ticket].place.isOut else { return }
        leave(ticket, for: .failed)
        entries[ticket].reason = reason
        totals.failed += 1
        totals.failureReasons[reason, default: 0] += 1
        window.failures += 1
        decide(ticket, met: false)
        record(ticket, .failed, reason: reason, at: now, isOnTime: false, worker: worker)
    }

    /// Counts what passed its deadline by `now` as missed.
    mutating func decideDeadlines(at now: Double) {
        while let first = deadlines.first, first.at < now {
            deadlines.popFirst()
            if !entries[first.index].isDecided { decide(first.index, met: false) }
        }
    }

    /// Age of the oldest waiting task, 0 when none waits.
    mutating func oldestAge(at now: Double) -> Double {
        while firstOpen < entries.count, entries[firstOpen].place == .done || entries[firstOpen].place == .failed {
            firstOpen += 1
        }
        return entries[firstOpen...].first { $0.place == .queued || $0.place == .handedOver }.map {
            max(0, now - $0.task.generatedAt)
        } ?? 0
    }

    /// Ends the window: its tally and the tasks that ended in it. The next window begins empty.
    mutating func closeWindow(at now: Double) -> (tally: WindowTally, records: [TaskRecord]) {
        decideDeadlines(at: now)
        defer {
            window = WindowTally()
            records = []
        }
        return (window, records)
    }

    /// The tasks that have not ended, as records of an episode that has.
    func unfinished() -> [TaskRecord] {
        entries.filter(\.place.isOpen).map {
            TaskRecord(
                task: $0.task, outcome: .unfinished, reason: nil, firstStartedAt: $0.firstStartedAt, endedAt: nil,
                attempts: $0.attempts, isOnTime: false, serviceSeconds: nil, worker: nil)
        }
    }

    private mutating func requeue(_ ticket: Int, at due: Double) {
        leave(ticket, for: .queued)
        totals.queued += 1
        queue.insert(ticket, at: due)
    }

    /// Takes an open task out of the count of its place.
    private mutating func leave(_ ticket: Int, for place: Place) {
        if entries[ticket].place == .running { totals.running -= 1 } else { totals.queued -= 1 }
        entries[ticket].place = place
    }

    private mutating func decide(_ index: Int, met: Bool) {
        guard !entries[index].isDecided else { return }
        entries[index].isDecided = true
        if met {
            totals.met += 1
            window.met += 1
        } else {
            totals.missed += 1
            window.missed += 1
        }
    }

    private mutating func record(
        _ ticket: Int, _ outcome: TaskRecord.Outcome, reason: String?, at now: Double, isOnTime: Bool, worker: String
    ) {
        let entry = entries[ticket]
        records.append(
            TaskRecord(
                task: entry.task, outcome: outcome, reason: reason, firstStartedAt: entry.firstStartedAt, endedAt: now,
                attempts: entry.attempts, isOnTime: isOnTime, serviceSeconds: entry.startedAt.map { now - $0 },
                worker: worker))
    }
}

/// What happened in one window.
struct WindowTally {
    var arrivalTimes: [Double] = []
    var serviceTimes: [Double] = []
    var responseTimes: [Double] = []
    var overheads: [Double] = []
    var completions = 0
    var failures = 0
    var met = 0
    var missed = 0
    var lateSeconds = 0.0
    var calls = CallCounts()
}
