import Gymnasium
import Pages
import Randomness

/// Episodes as JSON for programs. Keys are only ever added.
public enum EpisodeJSON {
    /// A list of summaries on one line.
    public static func list(_ summaries: [EpisodeSummary]) -> String {
        JSONText.list(summaries.map(summary)).line
    }

    /// An episode with its task account and its T + 1 frames, as one object on one line.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public static func episode(_ episode: Episode, in store: EpisodeStore) throws -> String {
        var frames: [JSONText] = []
        let id = episode.summary.id
        try store.forEachFrame(of: id) { frames.append(JSONText.frame($0)) }
        let tasks = try store.taskAccount(of: id)
        return JSONText.object([
            ("episode", summary(episode.summary)),
            ("arguments", .entries(episode.arguments)),
            ("options", episode.options.map(JSONText.entries) ?? .string(nil)),
            ("scenario", .string(episode.scenarioText)),
            ("tasks", account(tasks)),
            ("frames", .list(frames)),
        ]).line
    }

    /// A frame on one line.
    public static func frame(_ frame: EpisodeFrame) -> String {
        JSONText.frame(frame).line
    }

    /// A summary on one line.
    public static func line(_ episode: EpisodeSummary) -> String {
        JSONText.object([("episode", summary(episode))]).line
    }

    /// What came of checking an episode, on one line.
    public static func verdict(_ verdict: EpisodeVerdict, of episode: EpisodeSummary) -> String {
        JSONText.object([
            ("id", .integer(episode.id)), ("verdict", .string(verdict.name)), ("good", .boolean(verdict.isGood)),
            ("steps", .integer(episode.length)), ("detail", .string(verdict.detail)),
        ]).line
    }

    private static func summary(_ episode: EpisodeSummary) -> JSONText {
        .object([
            ("id", .integer(episode.id)),
            ("environment_id", .string(episode.environmentID)),
            ("status", .string(episode.status.rawValue)),
            ("seed", .string(episode.seed.description)),
            ("return", .number(episode.totalReward)),
            ("length", .integer(episode.length)),
            ("started_at", .string(Timestamp.text(episode.startedAt))),
            ("ended_at", .string(episode.endedAt.map(Timestamp.text))),
            ("program_version", .string(episode.programVersion)),
            ("scenario", .string(episode.scenarioName)),
            ("backend", .string(episode.origin.rawValue)),
            ("qos", episode.qos.map(JSONText.number) ?? .string(nil)),
        ])
    }

    private static func account(_ account: TaskAccount) -> JSONText {
        let reasons = account.reasons.map { reason in
            JSONText.object([
                ("outcome", .string(reason.outcome.rawValue)), ("reason", .string(reason.reason)),
                ("count", .integer(reason.count)),
            ])
        }
        return .object([
            ("emitted", .integer(account.emitted)), ("done", .integer(account.done)),
            ("failed", .integer(account.failed)),
            ("unfinished", .integer(account.unfinished)), ("on_time", .integer(account.onTime)),
            ("qos", .number(account.qos)),
            ("reasons", .list(reasons)),
        ])
    }
}

extension JSONText {
    /// Frame 0 has no action, reward and flags.
    fileprivate static func frame(_ frame: EpisodeFrame) -> JSONText {
        var entries: [(String, JSONText)] = [("frame", .integer(frame.index))]
        if let step = frame.step {
            entries += [
                ("action", .value(step.action)), ("reward", .number(step.result.reward)),
                ("terminated", .boolean(step.result.terminated)), ("truncated", .boolean(step.result.truncated)),
            ]
        }
        entries += [("observation", .value(frame.observation)), ("info", .entries(frame.info))]
        return .object(entries)
    }
}
