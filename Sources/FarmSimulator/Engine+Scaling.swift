import Farm
import Randomness

extension Engine {
    /// Asks for `count` workers from now on.
    mutating func scale(to count: Int) {
        guard count != desired else { return }
        account()
        requestedAt = now
        for _ in desired..<max(count, desired) { start() }
        for _ in count..<max(count, desired) { retireOne() }
        desired = count
    }

    /// Adds what has passed since the last change of the workers to the areas under their curves. Comes before each change.
    mutating func account() {
        areas.note(now, paid: alive, ready: ready, able: workers.idleCount + busy)
    }

    /// A service time's factor for a new worker.
    mutating func drawSpeed() -> Double {
        faults.slow > 0 && faultStream.nextDouble() < faults.slow ? faults.slowFactor : 1
    }

    private mutating func start() {
        let slot = workers.add()
        workers[slot].speed = drawSpeed()
        workers.setStarting(slot)
        starting += 1
        tally.starts += 1
        pushReady(slot)
    }

    private mutating func pushReady(_ slot: UInt32) {
        let at = now + stage.startUp.sample(using: &startUpStream)
        events.push(Event(time: at, slot: slot, life: workers[slot].life, kind: .ready))
    }

    mutating func becomeReady(_ slot: UInt32) {
        if faults.start > 0, faultStream.nextDouble() < faults.start {
            pushReady(slot)
            return
        }
        account()
        starting -= 1
        workers.endStarting(slot)
        workers.setIdle(slot)
        dispatchWaiting()
    }

    /// Takes one worker away: a starting one if there is one, then an idle one, then one that finishes its task first.
    private mutating func retireOne() {
        if let slot = workers.popStarting() {
            starting -= 1
            workers.remove(slot)
        } else if let slot = workers.popIdle() {
            stop(slot)
        } else if platform.scaleDown == .graceful {
            retiring += 1
        } else {
            killOne()
        }
    }

    private mutating func killOne() {
        let first = Int(platformStream.nextDouble() * Double(workers.count))
        guard busy > retiring, let slot = workers.busySlot(from: first) else { return }
        let worker = workers[slot]
        // A poll may still have been under way.
        tally.busySeconds += max(now, worker.begunAt)
        busy -= 1
        if worker.isGivenUp { occupied -= 1 } else { fail(worker.task, reason: "worker stopped") }
        stop(slot)
    }

    /// Ends a worker that does nothing any more and is no longer counted as idle or busy.
    mutating func stop(_ slot: UInt32) {
        workers.remove(slot)
        guard platform.stopPoll > 0 || !platform.stop.isEmpty else { return }
        var at = now
        if platform.stopPoll > 0 {
            at = requestedAt + ((now - requestedAt) / platform.stopPoll).rounded(.up) * platform.stopPoll
        }
        if !platform.stop.isEmpty {
            let index = Int(platformStream.nextDouble() * Double(platform.stop.count))
            at += platform.stop[min(index, platform.stop.count - 1)]
        }
        stopping += 1
        events.push(Event(time: max(at, now), slot: slot, life: 0, kind: .gone))
    }

    /// A task goes to the youngest idle worker, so that the oldest ones end; without an idle one, a worker is started for it.
    @inline(never)
    mutating func arriveAtClouds(_ task: OpenTask, _ scaling: Platform.PerRequest) {
        if let slot = workers.popYoungestIdle() {
            events.push(begin(task, on: slot, after: 0))
            return
        }
        guard alive < stage.workers.max else {
            queue.append(task)
            return
        }
        account()
        let slot = workers.add()
        let speed = drawSpeed()
        // The attempt takes longer, not the task: another attempt may find a warm worker.
        workers[slot].speed = speed * scaling.coldFactor
        workers[slot].state = .busy
        tally.starts += 1
        events.push(begin(task, on: slot, after: 0))
        workers[slot].speed = speed
        desired = alive
    }

    /// Tasks that come back for another attempt are served like new ones.
    mutating func startForWaiting(_ scaling: Platform.PerRequest) {
        while !queue.isEmpty, workers.idleCount > 0 || alive < stage.workers.max {
            arriveAtClouds(queue.removeFirst(), scaling)
        }
    }

    /// From now on the worker's time is that of its idleness.
    mutating func beginIdleness(of slot: UInt32, _ scaling: Platform.PerRequest) {
        workers[slot].begunAt = now
        events.push(Event(time: now + scaling.expiry, slot: slot, life: workers[slot].life, kind: .expire))
    }

    /// Ends a worker that has been idle since its time was set.
    mutating func expire(_ slot: UInt32) {
        guard let scaling = platform.perRequest, workers[slot].state == .idle,
            now - workers[slot].begunAt >= scaling.expiry * (1 - 1e-12)
        else { return }
        account()
        workers.takeIdle(slot)
        workers.remove(slot)
        desired = alive
    }

    /// Whether workers are on their way in or out.
    var isScaling: Bool { starting + retiring + stopping > 0 }
}

/// Areas under the curves of worker counts, in worker-seconds.
struct WorkerAreas {
    var paid = 0.0
    var ready = 0.0
    /// Ready, or finishing a last task.
    var able = 0.0
    private var mark = 0.0

    /// - Parameter now: until when the counts have held since the last call.
    mutating func note(_ now: Double, paid: Int, ready: Int, able: Int) {
        let seconds = now - mark
        mark = now
        self.paid += seconds * Double(paid)
        self.ready += seconds * Double(ready)
        self.able += seconds * Double(able)
    }

    /// Begins a window.
    mutating func clear() {
        paid = 0
        ready = 0
        able = 0
    }
}
