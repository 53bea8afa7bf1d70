public import Farm
public import Gymnasium
public import Randomness

/// A farm as a Gymnasium environment.
public final class FarmEnvironment: AsyncEnvironment {
    public let spec: EnvironmentSpec
    public let arguments: [Value.Entry]
    public let scenarioText: String

    private let infoDetail: InfoDetail
    private let farm: any AsyncFarm
    private var process: DecisionProcess
    private var state = State.new
    private var lastReward: Double?
    private var view: FarmView
    private var seeds = EpisodeSeeds()

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
        self.infoDetail = infoDetail
        self.farm = farm
        self.process = process
        self.spec = spec
        self.arguments = arguments
        self.scenarioText = scenarioText
    }

    public var observationSpace: Space { process.observationSpace }
    public var actionSpace: Space { process.actionSpace }
    public var expectedResetSeconds: Double { farm.expectedResetSeconds }

    /// Also a simulated window takes some time.
    static let leastStepSeconds = 0.1

    /// A window of at most one and a half steps; where scaling is waited for, also the longest start, or a long task's end.
    public var expectedStepSeconds: Double {
        let scenario = process.scenario
        let longTask = min(scenario.service.max, 4 * scenario.service.mean)
        let scaling = scenario.scaling == .blocking ? max(scenario.startUp.longest, longTask) : 0
        return max((1.5 * scenario.stepSeconds + scaling) / farm.speed, FarmEnvironment.leastStepSeconds)
    }

    /// - Throws: ``EnvironmentError``: a reset has no options.
    public nonisolated(nonsending) func reset(seed: Seed?, options: [Value.Entry]) async throws -> ResetResult {
        guard state != .closed else {
            throw EnvironmentError(.resetNeeded, "the farm's environment is closed; make a new one")
        }
        if let option = options.first {
            throw EnvironmentError(
                .badArgument(name: option.key), "a farm's reset has no options, got \"\(option.key)\"; leave it out")
        }
        let seed = seeds.next(seed)
        state = .new
        do {
            process.begin(try await farm.reset(seed: seed))
        } catch let error as FarmError {
            throw EnvironmentError(error)
        }
        state = .running
        lastReward = nil
        view.begin(process.metrics)
        return ResetResult(observation: observation, info: info, seed: seed)
    }

    /// Asks for workers and lets a window pass. A farm that cannot go on truncates the episode, with `info["reason"]`.
    public nonisolated(nonsending) func step(_ action: Value) async throws -> StepResult {
        guard state == .running else {
            throw EnvironmentError(.resetNeeded, "the farm has no episode under way; reset it first")
        }
        let window = try await pass(process.desired(for: try number(of: action), current: process.metrics.desired))
        let outcome = process.step(window.metrics, end: window.end)
        lastReward = outcome.reward
        view.append(process.metrics)
        if outcome.isLast { state = .over }
        return StepResult(
            observation: observation, reward: outcome.reward, terminated: outcome.terminated,
            truncated: outcome.truncated,
            info: info, events: window.records.map(\.event))
    }

    /// - Throws: ``EnvironmentError`` for another mode than `ansi` and `rgb_array`, and before the first reset.
    public nonisolated(nonsending) func render(mode: String) async throws -> RenderedFrame {
        guard FarmView.modes.contains(mode) else {
            throw EnvironmentError(
                .unsupported,
                "a farm has no render mode \"\(mode)\"; it has: \(FarmView.modes.joined(separator: ", "))")
        }
        guard state == .running || state == .over,
            let frame = view.frame(mode: mode, of: process, reward: lastReward)
        else {
            throw EnvironmentError(.resetNeeded, "there is nothing to show before the first reset")
        }
        return frame
    }

    public nonisolated(nonsending) func close() async {
        guard state != .closed else { return }
        state = .closed
        await farm.close()
    }

    private var info: [Value.Entry] {
        switch infoDetail {
        case .full: process.info
        case .ends: state == .over ? process.info : []
        case .none: []
        }
    }

    private var observation: Value { .array(NDArray(process.observation)) }

    /// A farm that has gone away ends the episode, and not the agent's program.
    private nonisolated(nonsending) func pass(_ desired: Int) async throws -> FarmWindow {
        do {
            return try await farm.advance(desired: desired)
        } catch let error as FarmError {
            guard error.kind == .unavailable else {
                state = .over
                throw EnvironmentError(error)
            }
            return FarmWindow(metrics: process.metrics.withoutEvents, records: [], end: .broken(error.description))
        }
    }

    private func number(of action: Value) throws -> Int {
        do {
            guard case .integer(let index) = try actionSpace.element(from: action) else { return 0 }
            return Int(index)
        } catch {
            let reason: EnvironmentError.Reason =
                switch error.kind {
                case .type: .actionType
                case .shape: .actionShape
                case .range: .actionOutOfSpace
                }
            throw EnvironmentError(reason, "not an action of this farm: \(error)")
        }
    }
}

extension WindowMetrics {
    /// The same state, known from before, after a window of which nothing is known.
    fileprivate var withoutEvents: WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = time
        metrics.step = step + 1
        metrics.queueLength = queueLength
        metrics.oldestAge = oldestAge
        metrics.running = running
        metrics.ready = ready
        metrics.starting = starting
        metrics.draining = draining
        metrics.desired = desired
        metrics.readyAge = readyAge
        metrics.isStale = true
        metrics.totals = totals
        metrics.phasesToCome = phasesToCome
        return metrics
    }
}
