/// When a vector resets a sub-environment whose episode is over (`gymnasium.vector.AutoresetMode`).
public enum AutoresetMode: String, Sendable, Hashable, CaseIterable {
    /// The step after the last one resets instead of stepping: its action is ignored, its reward is 0.
    case nextStep = "next_step"
    /// The last step itself: its observation is the new episode's first, and the old one's last is kept apart.
    case sameStep = "same_step"
    /// Never; the caller resets with a mask.
    case disabled
}

/// Which infos replies have.
public enum InfoDetail: String, Sendable, Hashable, CaseIterable {
    /// Of every row in every step, and of resets.
    case full
    /// Of the rows whose episode ended in the step.
    case ends
    case none
}
