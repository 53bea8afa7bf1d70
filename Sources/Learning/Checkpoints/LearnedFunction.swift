/// What an agent learnt: outputs for each observation, and how actions follow from them.
public struct LearnedFunction: Sendable {
    /// Of an observation's row: a policy's logits or means, or the values of actions.
    let outputs: @Sendable ([Float]) -> [Float]
    /// The logarithms of deviations of a policy's numbers; empty where it chooses; nil where the outputs are values, of which
    /// the best is taken.
    let deviations: [Float]?
    /// Whether the last of equally good actions is taken, and not the first.
    let prefersLast: Bool

    public init(
        deviations: [Float]? = nil, prefersLast: Bool = false, outputs: @escaping @Sendable ([Float]) -> [Float]
    ) {
        self.outputs = outputs
        self.deviations = deviations
        self.prefersLast = prefersLast
    }
}
