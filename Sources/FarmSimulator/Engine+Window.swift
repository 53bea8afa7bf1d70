import Farm

/// What happened in the window under way.
struct Tally {
    var start = 0.0
    var arrivals = 0
    var completions = 0
    var failures = 0
    var met = 0
    var missed = 0
    var lateSeconds = 0.0
    var responseSum = 0.0
    var responseMax = 0.0
    var serviceSum = 0.0
    /// Of the attempts that have ended, the time in the window; of those under way, minus their beginning.
    var busySeconds = 0.0
    var starts = 0
    var calls = CallCounts()
}

extension Engine {
    /// The state now, into `metrics`; what belongs to a window is left as it is.
    mutating func snapshot(into metrics: inout WindowMetrics) {
        var waiting = queue.count + parked.waiting
        var running = busy - occupied + parked.results
        var oldest = min(queue.oldest, parked.oldestWaiting)
        if hasPolls {
            // A task that a worker has not picked up still waits.
            for slot in 0..<UInt32(workers.count)
            where workers[slot].state == .busy && workers[slot].begunAt > now {
                waiting += 1
                running -= 1
                oldest = min(oldest, workers[slot].task.generated)
            }
        }
        totals.queued = waiting
        totals.running = running
        metrics.time = now
        metrics.stages.first.queueLength = waiting
        metrics.stages.first.oldestAge = oldest < .infinity ? now - oldest : 0
        metrics.stages.first.running = running
        metrics.stages.first.collecting = parked.results
        metrics.stages.first.workers.ready = ready
        metrics.stages.first.workers.starting = starting
        metrics.stages.first.workers.draining = retiring + stopping
        metrics.stages.first.workers.desired = desired
        metrics.totals = totals
        metrics.phasesToCome = arrivalCursor.phasesToCome(at: now)
    }

    /// Ends the window: fills in what happened in it, and begins the next.
    ///
    /// - Parameter recent: arrivals of the window's last `seconds`.
    mutating func closeWindow(into metrics: inout WindowMetrics, recent: (arrivals: Int, seconds: Double)) {
        let window = tally.start..<now
        let seconds = now - tally.start
        account()
        tally.missed += overdue(in: window)
        totals.met += tally.met
        totals.missed += tally.missed
        snapshot(into: &metrics)
        metrics.windowSeconds = seconds
        metrics.stages.first.arrivals = tally.arrivals
        metrics.stages.first.arrivalRate = Double(tally.arrivals) / seconds
        metrics.stages.first.recentArrivalRate = Double(recent.arrivals) / recent.seconds
        let attempts = serviceTimes.count
        metrics.stages.first.serviceTimeMean = attempts > 0 ? tally.serviceSum / Double(attempts) : nil
        metrics.stages.first.serviceTimeP95 = serviceTimes.quantile(0.95)
        metrics.responseTimeMean = tally.completions > 0 ? tally.responseSum / Double(tally.completions) : nil
        metrics.responseTimeMax = tally.completions > 0 ? tally.responseMax : nil
        metrics.stages.first.completions = tally.completions
        metrics.stages.first.failures = tally.failures
        metrics.met = tally.met
        metrics.missed = tally.missed
        metrics.lateSeconds = tally.lateSeconds
        // A poll under way is no work yet: its attempt has begun, but later.
        let polling = secondsToBeginnings
        let busySeconds = tally.busySeconds + Double(busy) * now + polling
        metrics.stages.first.utilisation = areas.able > 0 ? min(max(busySeconds / areas.able, 0), 1) : 0
        metrics.stages.first.paidWorkerSeconds = areas.paid
        metrics.stages.first.readyWorkerSeconds = areas.ready
        metrics.stages.first.workers.starts = tally.starts
        metrics.stages.first.calls = tally.calls
        tally = Tally()
        tally.start = now
        tally.busySeconds = -Double(busy) * now - polling
        areas.clear()
        serviceTimes.removeAll()
    }

    private var hasPolls: Bool { platform.idlePoll > 0 || platform.busyPoll > 0 }

    /// From now until workers pick up their tasks, summed over those that have not.
    private var secondsToBeginnings: Double {
        guard hasPolls else { return 0 }
        var sum = 0.0
        for slot in 0..<UInt32(workers.count) where workers[slot].state == .busy {
            sum += max(0, workers[slot].begunAt - now)
        }
        return sum
    }

    /// Tasks that have not ended and whose deadline passed in `window`.
    private func overdue(in window: Range<Double>) -> Int {
        var count = queue.deadlines(in: window, longest: longestDeadline) + parked.deadlines(in: window)
        for slot in 0..<UInt32(workers.count)
        where workers[slot].state == .busy && !workers[slot].isGivenUp && window.contains(workers[slot].task.deadline) {
            count += 1
        }
        return count
    }

    /// Whether no task will ever come again, and all have ended.
    var isFinished: Bool { nextArrival == .infinity && totals.emitted == totals.done + totals.failed }
}
