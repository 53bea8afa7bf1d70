import Foundation
import Gymnasium
import Pages
import Randomness

/// Episodes as comma-separated values (RFC 4180): a header, then a row a step, a task or an episode.
public enum EpisodeCSV {
    /// What the rows are.
    public enum Table: String, Sendable, CaseIterable {
        case steps, tasks, episodes
    }

    /// Writes `episodes` one after the other.
    ///
    /// Of steps, row 0 is the reset. An observation that is an array has a column an element, all others one of JSON; a farm's
    /// metrics have columns of their own, named after the first row that has them.
    ///
    /// - Throws: ``EpisodeStoreError``, and what `write` throws.
    public static func write(
        _ table: Table, of episodes: [Int64], in store: EpisodeStore, to write: (String) throws -> Void
    ) throws {
        switch table {
        case .episodes: try writeEpisodes(episodes, store, write)
        case .tasks: try writeTasks(episodes, store, write)
        case .steps: try writeSteps(episodes, store, write)
        }
    }

    private static func writeEpisodes(
        _ episodes: [Int64], _ store: EpisodeStore, _ write: (String) throws -> Void
    ) throws {
        try write("episode_id,environment_id,status,seed,return,length,started_at,ended_at,program_version\n")
        for id in episodes {
            let summary = try store.episode(id).summary
            try write(
                row([
                    String(summary.id), summary.environmentID, summary.status.rawValue, summary.seed.description,
                    String(summary.totalReward), String(summary.length), Timestamp.text(summary.startedAt),
                    summary.endedAt.map(Timestamp.text) ?? "", summary.programVersion,
                ]))
        }
    }

    private static func writeTasks(
        _ episodes: [Int64], _ store: EpisodeStore, _ write: (String) throws -> Void
    ) throws {
        try write(
            "episode_id,task_id,step,generated_s,deadline_s,first_started_s,ended_s,attempts,outcome,reason,on_time,service_s,"
                + "worker\n")
        func text(_ number: Double?) -> String { number.map { String($0) } ?? "" }
        for id in episodes {
            for task in try store.tasks(of: id) {
                try write(
                    row([
                        String(id), task.id, String(task.stepIndex), text(task.generated), text(task.deadline),
                        text(task.firstStarted), text(task.ended), task.attempts.map(String.init) ?? "",
                        task.outcome?.rawValue ?? "", task.reason ?? "", task.onTime.map(String.init) ?? "",
                        text(task.service), task.worker ?? "",
                    ]))
            }
        }
    }

    private static func writeSteps(
        _ episodes: [Int64], _ store: EpisodeStore, _ write: (String) throws -> Void
    ) throws {
        guard let first = episodes.first else { return }
        let episode = try store.episode(first)
        let width = elements(episode.observation)?.count
        var metrics: [String] = []
        for step in try store.steps(of: first, limit: 2) where metrics.isEmpty {
            if case .dict(let entries) = step.result.info["metrics"] { metrics = entries.map(\.key) }
        }
        let columns = width.map { (0..<$0).map { "observation_\($0)" } } ?? ["observation"]
        try write(
            row(["episode_id", "step", "action", "reward", "terminated", "truncated"] + columns + metrics))
        for id in episodes {
            try store.forEachFrame(of: id) { frame in
                var cells = [String(id), String(frame.index)]
                if let step = frame.step {
                    cells += [
                        JSONText.value(step.action).line, String(step.result.reward), String(step.result.terminated),
                        String(step.result.truncated),
                    ]
                } else {
                    cells += ["", "", "", ""]
                }
                let numbers = elements(frame.observation)
                cells += width != nil ? numbers ?? [] : [JSONText.value(frame.observation).line]
                let values = frame.info["metrics"]
                cells += metrics.map { key in values?[key].map { JSONText.value($0).line } ?? "" }
                try write(row(cells))
            }
        }
    }

    /// nil for what is no array.
    private static func elements(_ observation: Value) -> [String]? {
        switch observation {
        case .array(let array): array.elementTexts
        case .integer(let integer): [String(integer)]
        default: nil
        }
    }

    private static func row(_ cells: [String]) -> String {
        cells.map { cell in
            guard cell.contains(where: { "\",\n\r".contains($0) }) else { return cell }
            return "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}
