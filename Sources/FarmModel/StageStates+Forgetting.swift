extension StageStates {
    /// The first task of the tape that the state still needs: one that waits, one that is worked on, or the next to
    /// come.
    public func firstNeeded(_ slot: Int) -> Int {
        var first = headers[slot].next
        for place in slot * stride..<slot * stride + headers[slot].alive
        where Mark.isTask(marks[place]) && free[place] >= headers[slot].now {
            first = min(first, Int(marks[place]))
        }
        return first
    }

    /// Takes the first tasks off the tape's beginning in all states, so that a tape that grows with a farm's life can
    /// be cut.
    ///
    /// - Parameter count: no more than what ``firstNeeded(_:)`` says of any state; what is more is not taken off.
    /// - Returns: how many tasks are to be removed from the tape.
    public mutating func forget(first count: Int) -> Int {
        let count = min(max(count, 0), (0..<self.count).map(firstNeeded).min() ?? 0)
        guard count > 0 else { return 0 }
        for slot in 0..<self.count {
            headers[slot].next -= count
            headers[slot].arrived -= count
            for place in slot * stride..<slot * stride + headers[slot].alive where Mark.isTask(marks[place]) {
                // A task that has ended is of no interest.
                marks[place] = Int(marks[place]) < count ? Mark.unknown : marks[place] - UInt32(count)
            }
        }
        return count
    }
}
