public import Episodes
public import Farm
import FarmEnvironments
import Gymnasium

/// The tasks of a recorded episode as a scenario: the same tasks for other policies.
public enum RecordedScenario {
    /// What the text of such a scenario begins with.
    public static let prefix = "recording:"

    /// Reads it.
    ///
    /// - Parameter text: `recording:FILE#ID`, or `recording:FILE` for the newest complete episode.
    /// - Throws: ``EpisodeStoreError``, ``ScenarioError``, ``CatalogueError`` for an episode that is no farm's.
    public static func read(_ text: String) throws -> Scenario {
        let name = text.dropFirst(prefix.count)
        let parts = name.split(separator: "#", omittingEmptySubsequences: false)
        let id = parts.count > 1 ? String(parts[parts.count - 1]) : "newest"
        let file = parts.count > 1 ? parts.dropLast().joined(separator: "#") : String(name)
        let store = try EpisodeStore(path: file, mode: .read)
        return try scenario(of: try store.episode(named: id), in: store)
    }

    /// The episode's scenario with its tasks instead of the source they came from.
    ///
    /// What is recorded of tasks (live episodes) is taken as it was measured; of a simulated episode the tasks are drawn
    /// again from scenario and seed.
    ///
    /// - Parameter overhead: seconds of a recorded attempt that were not work.
    public static func scenario(of episode: Episode, in store: EpisodeStore, overhead: Double = 0) throws -> Scenario {
        let id = episode.summary.id
        guard episode.summary.environmentID == FarmEnvironmentRegistration.id else {
            throw CatalogueError("episode \(id) is one of \(episode.summary.environmentID), which has no tasks")
        }
        var scenario = try ScenarioFamily.scenario(
            recorded: episode.scenarioText, seed: episode.summary.seed, file: "episode \(id)")
        let recorded = try store.tasks(of: id)
        let entries =
            recorded.isEmpty
            ? TaskStream(scenario: scenario, seed: episode.summary.seed).tasks.map(entry)
            : recorded.compactMap { entry($0, overhead: overhead) }
        scenario.arrivals = .bag(try TaskBag(entries))
        scenario.summary = "the \(entries.count) tasks of recorded episode \(id) of \(scenario.name)"
        return scenario
    }

    private static func entry(_ task: FarmTask) -> TaskBag.Entry {
        TaskBag.Entry(
            id: task.id, at: task.generatedAt, deadline: task.deadlineAt - task.generatedAt,
            seconds: task.serviceSeconds)
    }

    /// A task that never ran has no service time; the scenario draws one.
    private static func entry(_ task: RecordedTask, overhead: Double) -> TaskBag.Entry? {
        guard let generated = task.generated else { return nil }
        return TaskBag.Entry(
            id: task.id, at: max(0, generated), deadline: task.deadline.map { max(0, $0 - generated) },
            seconds: task.service.map { max(1e-6, $0 - overhead) })
    }
}
