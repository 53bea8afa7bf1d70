public import Gymnasium

extension ReplayEnvironment {
    /// What is known of a replay before it is made.
    public static let spec = EnvironmentSpec(
        id: "faasfarm/Replay-v0",
        description: """
            A recorded episode, step by step: the stored observations, rewards, flags and info, whatever the actions. \
            Where an action is not the recorded one, info has replay_diverged and replay_recorded_action. After the last \
            step of an episode that was not recorded to its end, one more step is truncated, with info reason.
            """,
        arguments: [
            EnvironmentSpec.Argument(
                "episode", default: "newest",
                "the episode's id in the server's recording, a number or its text; \"newest\": the newest complete one"),
            EnvironmentSpec.Argument(
                "on_divergence", default: "tell",
                "\"tell\": say in info that an action is not the recorded one; \"stop\": truncate there as well"),
        ],
        renderModes: ["ansi"])

    /// Lets `registry` make replays of what `store` holds.
    public static func register(in registry: inout EnvironmentRegistry, store: EpisodeStore) {
        registry.register(spec) { arguments in
            let name = try episodeName(arguments["episode"])
            let text = arguments["on_divergence"] ?? "tell"
            guard let divergence = text.string.flatMap(Divergence.init(rawValue:)) else {
                let known = Divergence.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
                throw EnvironmentError(
                    .badArgument(name: "on_divergence"), "on_divergence must be \(known), got \(text.oneLine)")
            }
            do throws(EpisodeStoreError) {
                return try ReplayEnvironment(
                    store, episode: name, onDivergence: divergence, maxSteps: arguments.maxEpisodeSteps)
            } catch {
                if case .noSuchEpisode = error {
                    throw EnvironmentError(.badArgument(name: "episode"), error.description)
                }
                throw EnvironmentError(.backendUnavailable, error.description)
            }
        }
    }

    private static func episodeName(_ value: Value?) throws -> String {
        switch value {
        case nil: return "newest"
        case .text(let text): return text.isEmpty ? "newest" : text
        case let value?:
            guard let id = value.int else {
                throw EnvironmentError(.badArgument(name: "episode"), "episode must be an id, got \(value.kindName)")
            }
            return String(id)
        }
    }
}
