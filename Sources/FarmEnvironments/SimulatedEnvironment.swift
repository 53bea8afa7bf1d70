public import Farm
public import Gymnasium
public import Randomness

/// A simulated farm as one of a vector's environments. The same observations, rewards, flags and infos as those of
/// ``FarmRows`` over the same farm, to the last bit.
public final class SimulatedEnvironment: SynchronousEnvironment {
    private var farm: any Farm
    /// Whose scenarios the episodes are, and what makes farms of them; nil: all are of one scenario.
    private let family: (scenarios: ScenarioFamily, simulate: @Sendable (Scenario) -> any Farm)?
    // That calls come one at a time is the contract; checking it would cost a good part of a step's time.
    @exclusivity(unchecked) private var process: DecisionProcess
    @exclusivity(unchecked) private var lastReward: Double?
    @exclusivity(unchecked) private var view: FarmView

    /// - Parameters:
    ///   - farm: a farm of the process's scenario, used by nobody else.
    ///   - family: whose scenarios the episodes are, each on a farm of its own.
    ///   - renderMode: the render mode there will be; for `rgb_array` the episode's course is kept.
    public init(
        farm: any Farm, process: DecisionProcess, renderMode: String? = nil,
        family: (scenarios: ScenarioFamily, simulate: @Sendable (Scenario) -> any Farm)? = nil
    ) {
        self.farm = farm
        self.family = family
        view = FarmView(renderMode: renderMode)
        self.process = process
    }

    /// - Parameter observation: room for float32 numbers of the process's observation space.
    public func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        if let family {
            let scenario = family.scenarios.scenario(seed: seed)
            // What was read for one scenario of the family holds for all.
            if let moved = try? process.moved(to: scenario) {
                farm = family.simulate(scenario)
                process = moved
            }
        }
        process.begin(farm, seed: seed)
        lastReward = nil
        view.begin(process.metrics)
        write(observation)
    }

    /// - Parameter action: an int64, an element of the process's action space.
    public func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let outcome = process.step(farm, action: action)
        lastReward = outcome.reward
        view.append(process.metrics)
        write(observation)
        return Transition(reward: outcome.reward, terminated: outcome.terminated, truncated: outcome.truncated)
    }

    public func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) { process.writeActionMask(to: mask) }

    public var info: [Value.Entry] { process.info }

    /// Of the modes `ansi` and `rgb_array`; nil for all others.
    public func render(mode: String) -> RenderedFrame? { view.frame(mode: mode, of: process, reward: lastReward) }

    private func write(_ observation: UnsafeMutableRawBufferPointer) {
        process.write(into: observation.assumingMemoryBound(to: Float.self))
    }
}
