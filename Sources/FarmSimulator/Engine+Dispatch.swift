import Farm
import Randomness

extension Engine {
    /// Gives waiting tasks to idle workers.
    mutating func dispatchWaiting() {
        guard isExact else {
            dispatchAtRandom()
            return
        }
        while !queue.isEmpty, let slot = workers.popIdle() {
            events.push(begin(queue.removeFirst(), on: slot, after: platform.busyPoll))
        }
    }

    /// Sends waiting tasks to functions, as long as these have free workers; within a function a gateway takes any worker.
    mutating func dispatchAtRandom() {
        guard case .random(let functions) = platform.dispatch else { return }
        while !queue.isEmpty, workers.idleCount > 0 {
            let slot = randomWorker(functions: functions)
            let task = queue.removeFirst()
            if workers[slot].state == .idle {
                workers.takeIdle(slot)
                events.push(begin(task, on: slot, after: 0))
            } else {
                tally.calls.collisions += 1
                wait(task, until: now + 0.005 + 0.045 * platformStream.nextDouble())
            }
        }
    }

    /// A worker of the least loaded function, busy or not; one is idle.
    private mutating func randomWorker(functions: Int) -> UInt32 {
        var best = 0
        var bestLoad = Double.infinity
        for function in 0..<functions {
            var able = 0
            var busy = 0
            for slot in stride(from: function, to: workers.count, by: functions) {
                let state = workers[UInt32(slot)].state
                if state == .busy { busy += 1 }
                if state == .busy || state == .idle { able += 1 }
            }
            let load = able > 0 ? Double(busy) / Double(able) : .infinity
            if load < bestLoad { (best, bestLoad) = (function, load) }
        }
        var able: [UInt32] = []
        for slot in stride(from: best, to: workers.count, by: functions) {
            let state = workers[UInt32(slot)].state
            if state == .busy || state == .idle { able.append(UInt32(slot)) }
        }
        return able[min(Int(platformStream.nextDouble() * Double(able.count)), able.count - 1)]
    }

    /// A failed attempt: the task waits out its back-off, or fails when its attempts are used up.
    mutating func fail(_ task: OpenTask, reason: String) {
        guard task.attempts < scenario.retry.maxAttempts else {
            totals.failed += 1
            totals.failureReasons[reason, default: 0] += 1
            tally.failures += 1
            // Otherwise an earlier window has counted it.
            if task.deadline >= tally.start { tally.missed += 1 }
            return
        }
        tally.calls.retries += 1
        wait(task, until: now + scenario.retry.delay(afterFailures: Int(task.attempts)))
    }

    /// An attempt has reached its limit; its worker does not know.
    mutating func giveUp(_ slot: UInt32) {
        guard workers[slot].state == .busy, !workers[slot].isGivenUp,
            now - workers[slot].begunAt >= scenario.retry.attemptLimit * (1 - 1e-12)
        else { return }
        workers[slot].isGivenUp = true
        occupied += 1
        serviceTimes.add(now - workers[slot].begunAt)
        tally.serviceSum += now - workers[slot].begunAt
        fail(workers[slot].task, reason: "attempt limit")
    }

    private mutating func wait(_ task: OpenTask, until time: Double) {
        events.push(Event(time: time, slot: parked.park(task, isResult: false), life: 0, kind: .rejoin))
    }
}
