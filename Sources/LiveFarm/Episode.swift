import Farm

/// An episode of a live farm: its clock, its books, and the window that is under way.
struct Episode {
    /// What belongs to another number no longer counts.
    private(set) var number = 0
    private(set) var isRunning = false
    private(set) var clock: FarmClock
    var ledger: TaskLedger
    /// The way of tasks that come from elsewhere.
    var door: IngressDoor
    private var windowStart = 0.0
    private(set) var windowIndex = 0
    /// Of the workers asked for, at the window's beginning.
    var change = (applied: 0, requested: 0)
    /// The last window that ended.
    var last: WindowMetrics?
    /// Episodes that have begun.
    private(set) var begun = 0
    /// When the queue is looked at next, whatever happens.
    var nextWake = Double.infinity
    /// Tasks of the scenario.
    private var streamCount = 0
    private var attempts = 0

    init(speed: Double, retry: RetryPolicy, door: IngressDoor) {
        clock = FarmClock(speed: speed)
        ledger = TaskLedger(retry: retry)
        self.door = door
    }

    /// Ends it, if it has not ended. What is under way belongs to none any more.
    mutating func abandon() {
        stop()
        number += 1
    }

    /// Begins with so many tasks to come.
    ///
    /// - Parameter origin: when its time is 0.
    mutating func begin(tasks: Int, at origin: ContinuousClock.Instant) {
        ledger = TaskLedger(retry: ledger.retry)
        clock = FarmClock(speed: clock.speed, origin: origin)
        (windowStart, windowIndex, nextWake) = (0, 0, .infinity)
        (change, last) = ((0, 0), nil)
        begun += 1
        streamCount = tasks
        isRunning = true
    }

    /// Takes no more tasks.
    mutating func stop() {
        isRunning = false
        door.close()
    }

    /// Ends a window.
    ///
    /// - Returns: its length in seconds.
    mutating func closeWindow(at now: Double) -> Double {
        defer { windowStart = now }
        windowIndex += 1
        return now - windowStart
    }

    /// Tasks that have come or will come for certain.
    var taskCount: Int { streamCount + door.count }

    /// A number for an attempt that no other one has, of this episode or an earlier one.
    mutating func numberAttempt() -> Int {
        attempts += 1
        return attempts
    }
}
