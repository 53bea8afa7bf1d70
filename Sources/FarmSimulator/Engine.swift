import Farm
import Randomness

/// The state of a simulated farm and the loop over its events.
///
/// A struct that ``SimulatedFarm`` calls once or twice a window, so that the loop works on plain memory.
struct Engine: ~Copyable {
    let scenario: Scenario
    let stage: Stage
    let deadlineRule: DeadlineRule
    let platform: Platform
    let faults: Faults
    let isExact: Bool
    let isBag: Bool
    let attemptLimit: Double

    /// Tasks drawn in advance, and the first that is still to come; once all have come, cursor and streams go on.
    var tape: ContiguousArray<TapeTask> = []
    var tapePlace = 0
    var arrivalCursor: ArrivalCursor
    let serviceSampler: ServiceSampler
    /// Service times drawn in advance, and how many of them have been used up.
    let services = UnsafeMutableBufferPointer<Double>.allocate(capacity: 32)
    var servicesUsed = 32
    var arrivalStream: PCG64
    var serviceStream: PCG64
    var startUpStream: PCG64
    var faultStream: PCG64
    var platformStream: PCG64

    var events = EventHeap()
    var queue = TaskQueue()
    var parked = ParkedTasks()
    var workers = WorkerTable()
    var serviceTimes = LogHistogram()
    var responseTimes = LogHistogram()
    /// Whether ``responseTimes`` is kept, over the whole episode.
    var keepsResponseTimes = false

    var now = 0.0
    var nextArrival = Double.infinity
    /// The longest relative deadline so far.
    var longestDeadline = 0.0
    /// When the workers were asked for that are there, or are to be.
    var requestedAt = 0.0

    var starting = 0
    var busy = 0
    /// Busy workers whose attempt has been given up.
    var occupied = 0
    /// So many of the busy ones will not take another task.
    var retiring = 0
    /// Workers that have been stopped and are not gone.
    var stopping = 0
    var desired = 0

    var tally = Tally()
    var totals = TaskTotals()
    var areas = WorkerAreas()

    init(_ scenario: Scenario) {
        self.scenario = scenario
        stage = scenario.stages.first
        deadlineRule = scenario.deadline
        platform = scenario.platform
        faults = scenario.faults
        isExact = scenario.platform.dispatch == .exact
        if case .bag = scenario.arrivals { isBag = true } else { isBag = false }
        attemptLimit = scenario.retry.attemptLimit
        serviceSampler = ServiceSampler(stage.service)
        let seed = Seed(0)
        arrivalStream = EpisodeStream.arrivals.generator(seed)
        serviceStream = EpisodeStream.service.generator(seed)
        startUpStream = EpisodeStream.startUp.generator(seed)
        faultStream = EpisodeStream.faults.generator(seed)
        platformStream = EpisodeStream.platform.generator(seed)
        arrivalCursor = ArrivalCursor(scenario, using: &arrivalStream)
    }

    deinit {
        services.deallocate()
    }

    /// Idle workers.
    var idle: Int { workers.idleCount }
    /// Workers that can take a task now or after their present one.
    var ready: Int { workers.idleCount + busy - retiring }
    /// Workers that are paid for.
    var alive: Int { starting + workers.idleCount + busy + stopping }

    /// - Parameter drawn: the episode's tasks, if they have been drawn.
    mutating func reset(seed: Seed, tape drawn: TaskTape? = nil) {
        startUpStream = EpisodeStream.startUp.generator(seed)
        faultStream = EpisodeStream.faults.generator(seed)
        platformStream = EpisodeStream.platform.generator(seed)
        events.removeAll()
        queue.removeAll()
        parked.removeAll()
        workers.removeAll()
        serviceTimes.removeAll()
        responseTimes.removeAll()
        now = 0
        servicesUsed = services.count
        longestDeadline = 0
        starting = 0
        busy = 0
        occupied = 0
        retiring = 0
        stopping = 0
        desired = stage.workers.clamp(max(stage.workers.initial, platform.floor))
        tally = Tally()
        totals = TaskTotals()
        areas = WorkerAreas()
        for _ in 0..<desired {
            let slot = workers.add()
            workers[slot].speed = drawSpeed()
            workers.setIdle(slot)
            if let scaling = platform.perRequest { beginIdleness(of: slot, scaling) }
        }
        beginArrivals(seed, drawn)
    }

    private mutating func beginArrivals(_ seed: Seed, _ drawn: TaskTape?) {
        tapePlace = 0
        if let drawn, let rest = drawn.continuation, !arrivalCursor.isPaced {
            tape = drawn.tasks
            (arrivalCursor, arrivalStream, serviceStream) = (rest.cursor, rest.arrivals, rest.service)
        } else {
            if !tape.isEmpty { tape = [] }
            arrivalStream = EpisodeStream.arrivals.generator(seed)
            serviceStream = EpisodeStream.service.generator(seed)
            arrivalCursor.begin(using: &arrivalStream)
        }
        nextArrival = nextArrivalTime()
    }

    @inline(__always)
    private mutating func nextArrivalTime() -> Double {
        tapePlace < tape.count ? tape[tapePlace].arrival : arrivalCursor.next(using: &arrivalStream)
    }

    /// Lets everything happen that comes before `limit`, and goes there.
    mutating func run(until limit: Double) {
        while true {
            let eventTime = events.nextTime
            if nextArrival <= eventTime {
                if nextArrival >= limit { break }
                now = nextArrival
                arrive()
            } else {
                if eventTime >= limit { break }
                now = eventTime
                handle(events.first)
            }
        }
        now = limit
    }

    /// Lets one thing happen, if there is one before `limit`.
    ///
    /// - Returns: whether there was.
    mutating func runNext(before limit: Double) -> Bool {
        let eventTime = events.nextTime
        guard min(eventTime, nextArrival) < limit else { return false }
        if nextArrival <= eventTime {
            now = nextArrival
            arrive()
        } else {
            now = eventTime
            handle(events.first)
        }
        return true
    }

    @inline(__always)
    private mutating func arrive() {
        let task = tapePlace < tape.count ? taskOfTape() : drawTask()
        longestDeadline = max(longestDeadline, task.deadline - task.generated)
        totals.emitted += 1
        tally.arrivals += 1
        nextArrival = nextArrivalTime()
        if let scaling = platform.perRequest {
            arriveAtClouds(task, scaling)
        } else if isExact, let slot = workers.popIdle() {
            // A worker is idle only while nothing waits.
            events.push(begin(task, on: slot, after: pollOfIdle()))
        } else {
            queue.append(task)
            if !isExact { dispatchAtRandom() }
        }
    }

    @inline(__always)
    private mutating func drawTask() -> OpenTask {
        if servicesUsed == services.count {
            serviceSampler.draw(into: services, using: &serviceStream)
            servicesUsed = 0
        }
        let service = serviceSampler.drifted(services[servicesUsed], at: now)
        servicesUsed += 1
        var task = OpenTask(
            generated: now, deadline: now + deadlineRule.seconds(forService: service), service: service,
            index: UInt32(truncatingIfNeeded: totals.emitted), attempts: 0)
        if isBag { follow(&task) }
        return task
    }

    @inline(__always)
    private mutating func taskOfTape() -> OpenTask {
        let drawn = tape[tapePlace]
        tapePlace += 1
        return OpenTask(
            generated: now, deadline: drawn.deadline, service: drawn.service,
            index: UInt32(truncatingIfNeeded: totals.emitted), attempts: 0)
    }

    /// Handles the earliest event and removes it.
    @inline(__always)
    private mutating func handle(_ event: Event) {
        switch event.kind {
        case .finish where workers[event.slot].life == event.life: finish(event.slot)
        case .ready where workers[event.slot].life == event.life:
            events.removeFirst()
            becomeReady(event.slot)
        case .gone:
            events.removeFirst()
            account()
            stopping -= 1
        case .collect:
            events.removeFirst()
            complete(parked.take(event.slot))
        case .rejoin:
            events.removeFirst()
            queue.putBack(parked.take(event.slot))
            if let scaling = platform.perRequest { startForWaiting(scaling) } else { dispatchWaiting() }
        case .expire where workers[event.slot].life == event.life:
            events.removeFirst()
            expire(event.slot)
        case .giveUp where workers[event.slot].life == event.life:
            events.removeFirst()
            giveUp(event.slot)
        default: events.removeFirst()
        }
    }

    /// The end of a worker's attempt, whose event is the earliest and stays so whatever is added.
    @inline(__always)
    private mutating func finish(_ slot: UInt32) {
        end(workers[slot])
        if retiring > 0 {
            account()
            events.removeFirst()
            busy -= 1
            retiring -= 1
            stop(slot)
            return
        }
        busy -= 1
        if isExact, !queue.isEmpty {
            events.replaceFirst(with: begin(queue.removeFirst(), on: slot, after: platform.busyPoll))
        } else {
            events.removeFirst()
            workers.setIdle(slot)
            if let scaling = platform.perRequest { beginIdleness(of: slot, scaling) }
            if !isExact { dispatchAtRandom() }
        }
    }

    /// Books an attempt's end.
    @inline(__always)
    private mutating func end(_ worker: WorkerTable.Worker) {
        tally.busySeconds += now
        if worker.isGivenUp {
            occupied -= 1
            return
        }
        serviceTimes.add(now - worker.begunAt)
        tally.serviceSum += now - worker.begunAt
        if worker.isFailing {
            fail(worker.task, reason: "attempt failed")
        } else if platform.collectPoll > 0 {
            let place = parked.park(worker.task, isResult: true)
            let at = now + platform.collectPoll * platformStream.nextDouble()
            events.push(Event(time: at, slot: place, life: 0, kind: .collect))
        } else {
            complete(worker.task)
        }
    }

    /// Books an attempt's beginning.
    ///
    /// - Returns: the event of its end.
    @inline(__always)
    mutating func begin(_ task: OpenTask, on slot: UInt32, after delay: Double) -> Event {
        let begun = now + delay
        var seconds = task.service * workers[slot].speed
        workers[slot].task = task
        workers[slot].task.attempts += 1
        workers[slot].begunAt = begun
        workers[slot].isFailing = false
        workers[slot].isGivenUp = false
        if faults.attempt > 0, faultStream.nextDouble() < faults.attempt {
            workers[slot].isFailing = true
            seconds *= faultStream.nextDouble()
        }
        if seconds > attemptLimit {
            events.push(
                Event(time: begun + attemptLimit, slot: slot, life: workers[slot].life, kind: .giveUp))
        }
        busy += 1
        tally.busySeconds -= begun
        return Event(time: begun + seconds, slot: slot, life: workers[slot].life, kind: .finish)
    }

    /// A result is collected.
    @inline(__always)
    private mutating func complete(_ task: OpenTask) {
        let response = now - task.generated
        totals.done += 1
        tally.completions += 1
        tally.responseSum += response
        tally.responseMax = max(tally.responseMax, response)
        if keepsResponseTimes { responseTimes.add(response) }
        if now <= task.deadline {
            tally.met += 1
        } else {
            tally.lateSeconds += now - task.deadline
            // Otherwise an earlier window has counted it.
            if task.deadline >= tally.start { tally.missed += 1 }
        }
    }

    @inline(__always)
    private mutating func pollOfIdle() -> Double {
        platform.idlePoll > 0 ? platform.idlePoll * platformStream.nextDouble() : 0
    }
}

extension Engine {
    /// Takes over what the bag's entry says.
    @inline(never)
    private func follow(_ task: inout OpenTask) {
        guard case .bag(let bag) = scenario.arrivals else { return }
        let entry = bag.tasks[totals.emitted]
        task.service = entry.seconds ?? task.service
        task.deadline = task.generated + (entry.deadline ?? deadlineRule.seconds(forService: task.service))
    }
}
