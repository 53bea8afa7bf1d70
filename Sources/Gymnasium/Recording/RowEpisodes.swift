import Randomness

/// What listeners are told of rows, as the episodes of each row, one event after the other.
public struct RowEpisodes: Sendable {
    /// What happens to an episode. An end may come where none is under way.
    public enum Event: Sendable {
        case begin(EpisodeStart)
        case step(EpisodeStep)
        case end(EpisodeStatus)
    }

    private struct Row {
        var steps = 0
        var isOver = true
        var lastSeed: Seed?
        var resets = 0
    }

    private let environment: ObservedEnvironment
    private var rows: [Row]

    /// No episode is under way.
    public init(_ environment: ObservedEnvironment) {
        self.environment = environment
        rows = Array(repeating: Row(), count: environment.form.count)
    }

    /// Those that a reset begins, after the ends of those that it cuts.
    public mutating func begin(_ reset: ObservedReset) -> [(row: Int, event: Event)] {
        rows.indices.filter { reset.mask?[$0] ?? true }.flatMap { index in
            let beginning = begin(
                index, reset.seeds[index], isSeeded: reset.isSeeded[index], reset.buffers, reset.infos[index],
                options: reset.options)
            return [(index, .end(.partial)), (index, beginning)]
        }
    }

    /// The steps of the rows, with the ends and, by the autoreset mode, the beginnings that come with them.
    public mutating func step(_ step: ObservedStep) -> [(row: Int, event: Event)] {
        rows.indices.flatMap { index in self.step(step, index).map { (index, $0) } }
    }

    /// The ends of all rows' episodes, which are cut.
    public mutating func end() -> [(row: Int, event: Event)] { rows.indices.map { ($0, .end(.partial)) } }

    private mutating func step(_ step: ObservedStep, _ index: Int) -> [Event] {
        let (buffers, mode) = (step.buffers, step.form.layout.autoresetMode)
        let (terminated, truncated) = (buffers.terminations[index], buffers.truncations[index])
        let isReset = (terminated || truncated) && mode == .sameStep
        let hasSeeds = step.seeds.count == rows.count
        if rows[index].isOver {
            // In this mode the step after an episode's last one is the next one's reset.
            guard mode == .nextStep, hasSeeds else { return [] }
            return [begin(index, step.seeds[index], isSeeded: false, buffers, step.infos[index])]
        }
        rows[index].steps += 1
        let observation = isReset ? step.finalObservation(at: index) : buffers.observation(of: step.form, at: index)
        let result = StepResult(
            observation: observation, reward: buffers.rewards[index], terminated: terminated, truncated: truncated,
            info: (isReset ? step.finalInfos[index] : step.infos[index]) ?? [], events: step.events[index])
        let recorded = EpisodeStep(index: rows[index].steps, action: step.action(at: index), result: result)
        guard terminated || truncated else { return [.step(recorded)] }
        rows[index].isOver = true
        var events: [Event] = [.step(recorded), .end(terminated ? .terminated : .truncated)]
        if isReset, hasSeeds {
            events.append(begin(index, step.seeds[index], isSeeded: false, buffers, step.infos[index]))
        }
        return events
    }

    private mutating func begin(
        _ index: Int, _ seed: Seed, isSeeded: Bool, _ buffers: RowBuffers, _ info: [Value.Entry]?,
        options: [Value.Entry] = []
    ) -> Event {
        // An environment whose seed stays the same goes on with its random numbers.
        let resets = !isSeeded && rows[index].lastSeed == seed ? rows[index].resets + 1 : 0
        rows[index] = Row(steps: 0, isOver: false, lastSeed: seed, resets: resets)
        return .begin(
            EpisodeStart(
                environment: environment, seed: seed, observation: buffers.observation(of: environment.form, at: index),
                info: info ?? [], resets: environment.form.isReproducible ? resets : 0, options: options))
    }
}
