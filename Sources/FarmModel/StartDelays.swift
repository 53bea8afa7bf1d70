public import Farm
public import Randomness

/// The start-up delays of a stage's workers in the order in which they are asked for, in seconds.
///
/// The k-th worker of an episode has the k-th delay, whatever a policy does before: so states of one farm that were steered
/// differently share one list.
public struct StartDelays: Sendable {
    private var values: ContiguousArray<Double>
    private let delay: StartUpDelay?
    private var stream: PCG64

    /// Delays that follow each other again and again; none: workers are there at once.
    public init(_ values: some Sequence<Double>) {
        self.values = ContiguousArray(values)
        if self.values.isEmpty { self.values = [0] }
        delay = nil
        stream = PCG64(seed: Seed(0))
    }

    /// Drawn as they are needed.
    public init(_ delay: StartUpDelay, using stream: PCG64) {
        values = []
        self.delay = delay
        self.stream = stream
    }

    /// What a simulated farm draws in the episode of `seed`.
    public init(_ scenario: Scenario, seed: Seed) {
        self.init(scenario.stages.first.startUp, using: EpisodeStream.startUp.generator(seed))
    }

    /// The delay of the worker before which `index` have been asked for.
    mutating func delay(_ index: Int) -> Double {
        if index < values.count { return values[index] }
        guard let delay else { return values[index % values.count] }
        while values.count <= index { values.append(delay.sample(using: &stream)) }
        return values[index]
    }
}
