public import Gymnasium
public import Randomness

/// A control problem as a synchronous environment with a time limit.
///
/// A seed seeds the random numbers as `gymnasium.Env.reset(seed=…)` does; episodes without a seed go on with them.
public final class ControlEnvironment<Problem: ControlProblem>: SynchronousEnvironment {
    /// The state.
    public private(set) var problem: Problem
    /// Steps of the episode so far.
    public private(set) var steps = 0
    private let maxEpisodeSteps: Int
    private var generator: PCG64?
    /// Of the next episode.
    private var startBounds = Problem.startBounds

    /// - Parameter maxEpisodeSteps: the step at which an episode is truncated; 1 or more.
    public init(_ problem: Problem, maxEpisodeSteps: Int = Problem.spec.maxEpisodeSteps) {
        self.problem = problem
        self.maxEpisodeSteps = maxEpisodeSteps
    }

    /// - Parameter observation: room for the float32 numbers of the observation space.
    public func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        generator = PCG64(seed: seed)
        _ = resetContinuing(observation: observation)
    }

    /// The options are those of Gymnasium: `low` and `high`, or `x_init` and `y_init` of a pendulum.
    ///
    /// - Throws: ``EnvironmentError`` `badArgument`.
    public func accept(_ options: [Value.Entry]) throws(EnvironmentError) {
        startBounds = try Problem.startBounds.replaced(by: options)
    }

    public func resetContinuing(observation: UnsafeMutableRawBufferPointer) -> Bool {
        guard var generator else { return false }
        problem.begin(within: startBounds, using: &generator)
        startBounds = Problem.startBounds
        self.generator = generator
        steps = 0
        write(observation)
        return true
    }

    /// - Parameter action: a `Problem.Action`.
    public func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let (reward, terminated) = problem.advance(action.loadUnaligned(as: Problem.Action.self))
        steps += 1
        write(observation)
        return Transition(reward: reward, terminated: terminated, truncated: steps >= maxEpisodeSteps)
    }

    /// There are no masks.
    public func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    /// Empty, as in Gymnasium.
    public var info: [Value.Entry] { [] }

    /// One line for the mode `ansi`, a picture for `rgb_array`; nil for all others.
    public func render(mode: String) -> RenderedFrame? {
        problem.frame(step: steps, mode: mode)
    }

    private func write(_ observation: UnsafeMutableRawBufferPointer) {
        guard let numbers = observation.assumingMemoryBound(to: Float.self).baseAddress else { return }
        problem.write(to: numbers)
    }
}
