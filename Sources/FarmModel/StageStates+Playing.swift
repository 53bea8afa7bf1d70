public import Farm

extension StageStates {
    /// Lets a window pass.
    ///
    /// - Parameters:
    ///   - tape: the tasks that the state has met so far, and those to come.
    ///   - end: the window's end, not before the state's time. What comes at that very instant belongs to the next window.
    public mutating func play(_ slot: Int, _ tape: TaskTape, until end: Double) -> WindowOutcome {
        tape.tasks.withUnsafeBufferPointer { tasks in
            play(slot, tasks, longestDeadline: tape.longestDeadline, until: end)
        }
    }

    /// As ``play(_:_:until:)``, of tasks in a buffer of the caller's.
    ///
    /// - Parameter longestDeadline: no task's deadline is later than so long after its arrival, in seconds.
    public mutating func play(
        _ slot: Int, _ tasks: UnsafeBufferPointer<TapeTask>, longestDeadline: Double, until end: Double
    ) -> WindowOutcome {
        let first = slot * stride
        return free.withUnsafeMutableBufferPointer { free in
            marks.withUnsafeMutableBufferPointer { marks in
                guard let free = free.baseAddress, let marks = marks.baseAddress else { return WindowOutcome() }
                var window = Window(
                    header: headers[slot], free: free + first, marks: marks + first, tasks: tasks, room: stride,
                    end: end)
                window.play(longestDeadline: longestDeadline)
                headers[slot] = window.header
                return window.outcome
            }
        }
    }
}

/// A window under way.
private struct Window {
    var header: StageStates.Header
    // Memory of the slot, which outlives the window.
    let free: UnsafeMutablePointer<Double>
    let marks: UnsafeMutablePointer<UInt32>
    let tasks: UnsafeBufferPointer<TapeTask>
    /// Entries that the slot can hold, more than there are workers.
    let room: Int
    let start: Double
    let end: Double
    var outcome = WindowOutcome()

    init(
        header: StageStates.Header, free: UnsafeMutablePointer<Double>, marks: UnsafeMutablePointer<UInt32>,
        tasks: UnsafeBufferPointer<TapeTask>, room: Int, end: Double
    ) {
        self.header = header
        self.room = room
        self.free = free
        self.marks = marks
        self.tasks = tasks
        start = header.now
        self.end = max(end, header.now)
    }

    mutating func play(longestDeadline: Double) {
        outcome.seconds = end - start
        beginAreas()
        bookRunning()
        while header.retiring > 0, serveOrRetire() {}
        outcome.readyWorkerSeconds -= Double(header.retiring) * (end - start)
        if header.retiring == 0 { serve() }
        let known = header.arrived
        var arrived = max(known, header.next)
        while arrived < tasks.count, tasks[arrived].arrival < end { arrived += 1 }
        header.arrived = arrived
        outcome.arrivals = arrived - known
        outcome.waiting = arrived - header.next
        if header.next < arrived {
            outcome.oldestWait = end - tasks[header.next].arrival
            bookWaiting(longestDeadline)
        }
        header.now = end
    }

    /// Areas as they are if no worker goes.
    private mutating func beginAreas() {
        var starting = 0.0
        for index in 0..<header.alive where StageStates.Mark.isStarted(marks[index]) && free[index] > start {
            starting += min(free[index], end) - start
        }
        outcome.paidWorkerSeconds = Double(header.alive) * (end - start)
        outcome.ableWorkerSeconds = outcome.paidWorkerSeconds - starting
        outcome.readyWorkerSeconds = outcome.ableWorkerSeconds
    }

    /// Tasks that were begun in earlier windows.
    private mutating func bookRunning() {
        for index in 0..<header.alive where free[index] >= start && !StageStates.Mark.isStarted(marks[index]) {
            outcome.busySeconds += min(free[index], end) - start
            guard StageStates.Mark.isTask(marks[index]) else { continue }
            let task = tasks[Int(marks[index])]
            book(task, until: free[index])
        }
    }

    /// Books what comes of a task in the window, given when its worker is done with it.
    @inline(__always)
    private mutating func book(_ task: TapeTask, until finish: Double) {
        if finish < end {
            outcome.completions += 1
            outcome.serviceSeconds += task.service
            outcome.responseSeconds += finish - task.arrival
            if finish <= task.deadline {
                outcome.met += 1
            } else if task.deadline >= start {
                // Otherwise an earlier window has counted it.
                outcome.missed += 1
            }
        } else if task.deadline < end, task.deadline >= start {
            outcome.missed += 1
        }
    }

    /// Puts the worker that is free first to the task.
    @inline(__always)
    private mutating func give(_ task: TapeTask, _ place: Int, begun: Double) {
        let finish = begun + task.service
        outcome.busySeconds += min(finish, end) - begun
        book(task, until: finish)
        var index = 1
        while index < header.alive, free[index] < finish {
            free[index - 1] = free[index]
            marks[index - 1] = marks[index]
            index += 1
        }
        free[index - 1] = finish
        marks[index - 1] = UInt32(truncatingIfNeeded: place)
    }

    /// Serves tasks while no worker drains.
    ///
    /// Who is done last comes last, so new entries are put in from behind: idle workers, of which there may be many, stay where they
    /// are. The entries wander through the slot meanwhile and are moved back where it ends.
    private mutating func serve() {
        let alive = header.alive
        guard alive > 0 else { return }
        var next = header.next
        var head = 0
        while next < tasks.count {
            let task = tasks[next]
            let begun = max(task.arrival, free[head])
            guard begun < end else { break }
            let finish = begun + task.service
            outcome.busySeconds += min(finish, end) - begun
            book(task, until: finish)
            if head + alive == room {
                moveBack(head)
                head = 0
            }
            head += 1
            var place = head + alive - 1
            while place > head, free[place - 1] > finish {
                free[place] = free[place - 1]
                marks[place] = marks[place - 1]
                place -= 1
            }
            free[place] = finish
            marks[place] = UInt32(truncatingIfNeeded: next)
            next += 1
        }
        if head > 0 { moveBack(head) }
        header.next = next
    }

    private func moveBack(_ head: Int) {
        free.update(from: free + head, count: header.alive)
        marks.update(from: marks + head, count: header.alive)
    }

    /// The next thing that happens while workers drain: a task begins, or the first worker to finish one goes.
    ///
    /// - Returns: false when nothing more happens in the window.
    private mutating func serveOrRetire() -> Bool {
        var begun = Double.infinity
        if header.next < tasks.count, header.alive > 0 { begun = max(tasks[header.next].arrival, free[0]) }
        // One that has not had a task since its start goes on. While workers drain, all others are busy.
        if let leaver = (0..<header.alive).first(where: { !StageStates.Mark.isStarted(marks[$0]) }),
            free[leaver] <= begun, free[leaver] < end
        {
            let left = end - free[leaver]
            outcome.paidWorkerSeconds -= left
            outcome.ableWorkerSeconds -= left
            outcome.readyWorkerSeconds -= end - start
            header.alive -= 1
            header.retiring -= 1
            for index in leaver..<header.alive {
                free[index] = free[index + 1]
                marks[index] = marks[index + 1]
            }
            return true
        }
        guard begun < end else { return false }
        give(tasks[header.next], header.next, begun: begun)
        header.next += 1
        return true
    }

    /// Misses of the tasks that still wait.
    private mutating func bookWaiting(_ longestDeadline: Double) {
        // A little earlier, since the sum of an arrival and a relative deadline is rounded.
        let earliest = start - longestDeadline * 1.000_001
        var place = header.arrived
        while place > header.next {
            place -= 1
            let task = tasks[place]
            if task.arrival < earliest { break }
            if task.deadline >= start, task.deadline < end { outcome.missed += 1 }
        }
    }
}
