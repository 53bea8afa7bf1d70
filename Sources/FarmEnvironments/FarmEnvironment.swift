public import Farm
public import Gymnasium
public import Randomness

/// A farm as a Gymnasium environment.
public final class FarmEnvironment: EnvironmentRows {
    public let form: EnvironmentForm

    private let farm: any AsyncFarm
    private var process: DecisionProcess
    private var state = State.new
    private var lastReward: Double?
    private var view: FarmView
    private var episodeSeeds = EpisodeSeeds()
    /// Of the last window.
    private var records: [TaskRecord] = []

    private enum State {
        case new, running, over, closed
    }

    /// - Parameters:
    ///   - farm: a farm of the process's scenario, closed with the environment.
    ///   - scenarioText: the scenario as YAML.
    ///   - infoDetail: in which steps there are infos.
    ///   - renderMode: the render mode there will be; for `rgb_array` the episode's course is kept.
    public init(
        farm: any AsyncFarm, process: DecisionProcess, spec: EnvironmentSpec, arguments: [Value.Entry],
        scenarioText: String, infoDetail: InfoDetail = .full, renderMode: String? = nil
    ) {
        view = FarmView(renderMode: renderMode)
        self.farm = farm
        self.process = process
        form = EnvironmentForm(
            spec: spec, observationSpace: process.observationSpace, actionSpace: process.actionSpace,
            arguments: arguments, scenarioText: scenarioText, infoDetail: infoDetail,
            expectedStepSeconds: FarmEnvironment.expectedStepSeconds(process.scenario, speed: farm.speed),
            expectedResetSeconds: farm.expectedResetSeconds, isReproducible: false)
    }

    public var seeds: [Seed] { [episodeSeeds.current] }

    /// Also a simulated window takes some time.
    static let leastStepSeconds = 0.1

    /// A window of at most one and a half steps; where scaling is waited for, also the longest start, or a long task's end.
    private static func expectedStepSeconds(_ scenario: Scenario, speed: Double) -> Double {
        let scaling = scenario.scaling == .blocking ? scenario.stages.map(\.longestScaling).max() ?? 0 : 0
        return max((1.5 * scenario.stepSeconds + scaling) / speed, leastStepSeconds)
    }

    /// - Throws: ``EnvironmentError``: a reset has no options.
    public nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        guard state != .closed else {
            throw EnvironmentError(.resetNeeded, "the farm's environment is closed; make a new one")
        }
        if let option = options.first {
            throw EnvironmentError(
                .badArgument(name: option.key), "a farm's reset has no options, got \"\(option.key)\"; leave it out")
        }
        let seed = episodeSeeds.next(seeds[0])
        state = .new
        records = []
        do {
            process.begin(try await farm.reset(seed: seed))
        } catch let error as FarmError {
            throw EnvironmentError(error)
        }
        state = .running
        lastReward = nil
        view.begin(process.metrics)
        write(Transition(reward: 0, terminated: false, truncated: false), to: buffers)
    }

    /// Asks for workers and lets a window pass. A farm that cannot go on truncates the episode, with `info["reason"]`.
    public nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        guard state == .running else {
            throw EnvironmentError(.resetNeeded, "the farm has no episode under way; reset it first")
        }
        let window = try await pass(process.staffing(for: process.actions(in: actions)))
        let outcome = process.step(window.metrics, end: window.end)
        records = window.records
        lastReward = outcome.reward
        view.append(process.metrics)
        if outcome.isLast { state = .over }
        write(
            Transition(reward: outcome.reward, terminated: outcome.terminated, truncated: outcome.truncated),
            to: buffers)
    }

    public func info(at index: Int) -> [Value.Entry] { process.info }

    /// The tasks that ended in the last window.
    public func events(at index: Int) -> [Value] { records.map(\.event) }

    /// Of the modes `ansi` and `rgb_array`; nil for all others, and before the first reset.
    public nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        guard state == .running || state == .over else { return nil }
        return view.frame(mode: mode, of: process, reward: lastReward)
    }

    public nonisolated(nonsending) func close() async {
        guard state != .closed else { return }
        state = .closed
        await farm.close()
    }

    private func write(_ transition: Transition, to buffers: RowBuffers) {
        process.write(into: buffers.observations.assumingMemoryBound(to: Float.self))
        buffers.rewards[0] = transition.reward
        buffers.terminations[0] = transition.terminated
        buffers.truncations[0] = transition.truncated
    }

    /// A farm that has gone away ends the episode, and not the agent's program.
    private nonisolated(nonsending) func pass(_ staffing: Staffing) async throws -> FarmWindow {
        do {
            return try await farm.advance(staffing)
        } catch let error as FarmError {
            guard error.kind == .unavailable else {
                state = .over
                throw EnvironmentError(error)
            }
            return FarmWindow(metrics: process.metrics.withoutEvents, records: [], end: .broken(error.description))
        }
    }
}

extension WindowMetrics {
    /// The same state, known from before, after a window of which nothing is known.
    fileprivate var withoutEvents: WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = time
        metrics.step = step + 1
        metrics.stages = stages.map { known in
            var stage = StageMetrics()
            (stage.queueLength, stage.oldestAge, stage.running) = (known.queueLength, known.oldestAge, known.running)
            stage.workers = known.workers
            (stage.workers.appliedDelta, stage.workers.requestedDelta, stage.workers.starts) = (0, 0, 0)
            return stage
        }
        metrics.readyAge = readyAge
        metrics.isStale = true
        metrics.totals = totals
        metrics.phasesToCome = phasesToCome
        return metrics
    }
}

extension Stage {
    /// What a step that waits for its scaling may wait here, in seconds: a start, or a long task's end.
    fileprivate var longestScaling: Double { max(startUp.longest, min(service.max, 4 * service.mean)) }
}
