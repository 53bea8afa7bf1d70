/// An episode that a sub-environment finished in training.
public struct EpisodeEnd: Sendable, Hashable {
    /// Environment steps of all sub-environments until then.
    public var step: Int
    /// Sum of its rewards, as the environment gave them.
    public var episodicReturn: Double
    /// Its steps.
    public var length: Int
    /// Numbers that the environment gave as the episode's result: those in `info["result"]`.
    public var result: [TrainingProgress.Metric]

    public init(step: Int, episodicReturn: Double, length: Int, result: [TrainingProgress.Metric] = []) {
        self.step = step
        self.episodicReturn = episodicReturn
        self.length = length
        self.result = result
    }
}
