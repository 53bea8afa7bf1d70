/// Takes in the episodes of one environment, one after the other. Calls only put aside what they are told, for a thread that
/// writes it a tenth of a second later at most; they come one at a time.
public protocol EpisodeJournal: AnyObject, Sendable {
    /// Begins an episode; one that is under way is partial.
    ///
    /// - Returns: its id; nil when recording has stopped.
    func begin(_ start: EpisodeStart) -> String?

    /// Adds a step to the episode under way; without one, does nothing.
    func record(_ step: EpisodeStep)

    /// Ends the episode under way; without one, does nothing.
    func end(_ status: EpisodeStatus)
}

/// Takes in the episodes of a vector's sub-environments; otherwise as ``EpisodeJournal``.
public protocol VectorJournal: AnyObject, Sendable {
    /// Episodes that a reset began. Those of the same sub-environments that are under way are partial.
    func reset(_ reset: VectorReset)

    /// A step of all sub-environments, with the episodes that it ended and, by the vector's autoreset mode, began.
    func step(_ step: VectorStep)

    /// Ends the episodes under way as partial.
    func end()
}
