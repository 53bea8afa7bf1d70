public import Gymnasium

extension ReplayEnvironment {
    /// What is known of a replay before it is made.
    public static let spec = EnvironmentSpec(
        id: "faasfarm/Replay-v0",
        description: """
            Recorded episodes, step by step: the stored observations, rewards, flags and info, whatever the actions. \
            Where an action is not the recorded one, info has replay_diverged and replay_recorded_action. After the last \
            step of an episode that was not recorded to its end, one more step is truncated, with info reason.
            """,
        arguments: [
            EnvironmentSpec.Argument(
                "episode", default: "newest",
                """
                an episode's id in the server's recording, a number or its text; a list of ids: one after the other, a \
                vector's rows take turns; "newest": the newest complete one; "all": all complete ones with its spaces
                """),
            EnvironmentSpec.Argument(
                "on_divergence", default: "tell",
                "\"tell\": say in info that an action is not the recorded one; \"stop\": truncate there as well"),
            EnvironmentSpec.Argument(
                "pace", default: "fast",
                "\"fast\": as fast as steps are asked for; \"recorded\": in the time they took"),
        ],
        renderModes: ["ansi"])

    /// Lets `registry` make replays of what `store` holds.
    public static func register(in registry: inout EnvironmentRegistry, store: EpisodeStore) {
        registry.register(spec) { arguments, layout in
            let chosen = try ReplayArguments(arguments)
            do {
                return try chosen.rows(store, maxSteps: arguments.maxEpisodeSteps, layout)
            } catch let error as EpisodeStoreError {
                throw ReplayArguments.refusal(error)
            }
        }
    }
}

/// The arguments of a replay, read and checked.
private struct ReplayArguments {
    let episodes: [String]
    let divergence: ReplayEnvironment.Divergence
    let pace: ReplayEnvironment.Pace

    init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {
        episodes = try ReplayArguments.names(arguments["episode"])
        divergence = try ReplayArguments.choice("on_divergence", arguments, .tell)
        pace = try ReplayArguments.choice("pace", arguments, .fast)
    }

    func rows(
        _ store: EpisodeStore, maxSteps: Int?, _ layout: RowLayout
    ) throws -> sending any EnvironmentRows {
        if layout.isVector {
            return try ReplayEnvironment.vector(
                store, episodes: episodes, onDivergence: divergence, pace: pace, maxSteps: maxSteps, layout: layout)
        }
        let replay = try ReplayEnvironment(
            store, episodes: episodes, onDivergence: divergence, pace: pace, maxSteps: maxSteps)
        return pace == .recorded ? PacedRows(replay) { replay.gap } : replay
    }

    /// What is wrong with a recording, as what is wrong with an argument where it is.
    static func refusal(_ error: EpisodeStoreError) -> EnvironmentError {
        switch error {
        case .noSuchEpisode, .differentSpaces: EnvironmentError(.badArgument(name: "episode"), error.description)
        default: EnvironmentError(.backendUnavailable, error.description)
        }
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ arguments: EnvironmentRegistry.Arguments, _ usual: Choice
    ) throws(EnvironmentError) -> Choice where Choice.RawValue == String {
        guard let value = arguments[name] else { return usual }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            let known = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw EnvironmentError(.badArgument(name: name), "\(name) must be \(known), got \(value.oneLine)")
        }
        return choice
    }

    private static func names(_ value: Value?) throws(EnvironmentError) -> [String] {
        switch value {
        case nil: return ["newest"]
        case .text(let text): return [text.isEmpty ? "newest" : text]
        case .tuple(let items) where !items.isEmpty:
            var names: [String] = []
            for item in items { names += try self.names(item) }
            return names
        case .array(let array) where array.elementCount > 0: return array.doubles.map { String(Int64($0)) }
        case let value?:
            guard let id = value.int else {
                throw EnvironmentError(
                    .badArgument(name: "episode"), "episode must be an id or a list of ids, got \(value.kindName)")
            }
            return [String(id)]
        }
    }
}
