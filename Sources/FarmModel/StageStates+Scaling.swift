import Farm

extension StageStates {
    /// Asks for workers from now on; what is beyond the bounds is moved into them.
    ///
    /// New workers can take tasks after their delays. Of those that go, the starting ones go first, the youngest before the
    /// others, and then idle ones, all of them at once; a busy one finishes its task.
    ///
    /// - Returns: the change, after bounds.
    @discardableResult
    public mutating func ask(_ slot: Int, for target: Int, delays: inout StartDelays) -> Int {
        let target = bounds.clamp(target)
        let change = target - headers[slot].desired
        headers[slot].desired = target
        if change > 0 {
            reserve(headers[slot].alive + change)
            for _ in 0..<change { start(slot, &delays) }
        } else {
            for _ in 0..<(-change) { retire(slot) }
        }
        return change
    }

    private mutating func start(_ slot: Int, _ delays: inout StartDelays) {
        let number = headers[slot].starts
        headers[slot].starts += 1
        let time = headers[slot].now + delays.delay(number)
        let first = slot * stride
        var place = first + headers[slot].alive
        while place > first, free[place - 1] > time {
            free[place] = free[place - 1]
            marks[place] = marks[place - 1]
            place -= 1
        }
        free[place] = time
        marks[place] = Mark.started | (UInt32(truncatingIfNeeded: number) & 0x7FFF_FFFF)
        headers[slot].alive += 1
    }

    private mutating func retire(_ slot: Int) {
        let now = headers[slot].now
        let first = slot * stride
        let end = first + headers[slot].alive
        var youngest: Int?
        for place in first..<end where Mark.isStarted(marks[place]) && free[place] >= now {
            if let known = youngest, marks[known] > marks[place] { continue }
            youngest = place
        }
        if let youngest {
            remove(slot, youngest - first)
        } else if first < end, free[first] < now {
            remove(slot, 0)
        } else {
            headers[slot].retiring += 1
        }
    }

    private mutating func remove(_ slot: Int, _ index: Int) {
        headers[slot].alive -= 1
        let first = slot * stride
        for place in first + index..<first + headers[slot].alive {
            free[place] = free[place + 1]
            marks[place] = marks[place + 1]
        }
    }
}
