/// What an agent learnt: outputs for each observation of an episode, and how actions follow from them.
public struct LearnedFunction: Sendable {
    /// Of an observation's row: a policy's logits or means, or the values of actions. Takes what is remembered of the episode
    /// past the observation.
    let outputs: @Sendable ([Float], inout [Float]) -> [Float]
    /// Floats of what is remembered, all 0 at an episode's beginning; 0 where each observation stands for itself.
    let memoryWidth: Int
    /// The logarithms of deviations of a policy's numbers; empty where it chooses; nil where the outputs are values, of which
    /// the best is taken.
    let deviations: [Float]?
    /// Whether the last of equally good actions is taken, and not the first.
    let prefersLast: Bool

    /// One that remembers nothing.
    public init(
        deviations: [Float]? = nil, prefersLast: Bool = false, outputs: @escaping @Sendable ([Float]) -> [Float]
    ) {
        self.init(deviations: deviations, prefersLast: prefersLast, memoryWidth: 0) { row, _ in outputs(row) }
    }

    /// - Parameters:
    ///   - memoryWidth: floats of what is remembered, all 0 at an episode's beginning.
    ///   - outputs: changes what is remembered, and keeps its width.
    public init(
        deviations: [Float]? = nil, prefersLast: Bool = false, memoryWidth: Int,
        outputs: @escaping @Sendable ([Float], inout [Float]) -> [Float]
    ) {
        self.outputs = outputs
        self.memoryWidth = memoryWidth
        self.deviations = deviations
        self.prefersLast = prefersLast
    }
}
