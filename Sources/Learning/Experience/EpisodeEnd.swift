/// An episode that a sub-environment finished in training.
public struct EpisodeEnd: Sendable, Hashable {
    /// Environment steps of all sub-environments until then.
    public var step: Int
    /// Sum of its rewards, as the environment gave them.
    public var episodicReturn: Double
    /// Its steps.
    public var length: Int

    public init(step: Int, episodicReturn: Double, length: Int) {
        self.step = step
        self.episodicReturn = episodicReturn
        self.length = length
    }
}
