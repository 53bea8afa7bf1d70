public import Farm

extension Scenario {
    /// Whether ``StageStates`` do what a simulated farm does: one stage, workers that take tasks at once and finish them before they
    /// go, no faults, and no attempt that could reach its limit.
    ///
    /// - Parameter tape: the tasks that are met.
    public func isModelled(_ tape: TaskTape) -> Bool {
        stages.count == 1 && platform.isIdeal && faults.start == 0 && faults.attempt == 0 && faults.slow == 0
            && tape.longestService <= retry.attemptLimit
    }
}

extension Platform {
    /// Whether nothing takes time but work and start-ups, and a policy decides how many workers there are.
    fileprivate var isIdeal: Bool {
        idlePoll == 0 && busyPoll == 0 && collectPoll == 0 && stopPoll == 0 && stop.isEmpty && dispatch == .exact
            && scaleDown == .graceful && perRequest == nil
    }
}
