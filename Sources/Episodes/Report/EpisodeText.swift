import Foundation
import Gymnasium
import Randomness

/// Episodes as text for people.
public enum EpisodeText {
    /// A table of summaries, or a sentence when there are none.
    public static func table(_ summaries: [EpisodeSummary]) -> String {
        guard !summaries.isEmpty else { return "no episodes" }
        let head = [
            "id", "environment", "scenario", "backend", "seed", "status", "length", "return", "QoS, %", "started (UTC)",
        ]
        let rows = summaries.map { episode in
            [
                String(episode.id), episode.environmentID.shortened(to: 24),
                episode.scenarioName.isEmpty ? "-" : episode.scenarioName.shortened(to: 24), episode.origin.rawValue,
                episode.seed.description.shortened(to: 20), episode.status.rawValue, String(episode.length),
                short(episode.totalReward), percent(episode.qos), clock(episode.startedAt),
            ]
        }
        let right = [true, false, false, false, true, false, true, true, true, false]
        var widths = head.map(\.columns)
        for row in rows {
            for column in row.indices { widths[column] = max(widths[column], row[column].columns) }
        }
        return ([head] + rows).map { row in
            let cells = row.indices.map { right[$0] ? row[$0].right(widths[$0]) : row[$0].left(widths[$0]) }
            return cells.joined(separator: "  ").trimmedRight
        }.joined(separator: "\n")
    }

    /// What an episode was and how it ended.
    public static func summary(_ episode: Episode) -> String {
        let summary = episode.summary
        let arguments = episode.arguments.filter { $0.key != "scenario" }.map { "\($0.key)=\($0.value.oneLine)" }
        var lines = [
            ("environment", summary.environmentID),
            ("scenario", summary.scenarioName.isEmpty ? "-" : summary.scenarioName),
            ("backend", summary.origin.rawValue),
            ("status", summary.status.rawValue),
            ("seed", summary.seed.description),
            ("return", short(summary.totalReward)),
            ("QoS", summary.qos == nil ? "-" : percent(summary.qos) + " %"),
            ("length", "\(summary.length) steps, \(summary.length + 1) observations"),
            ("started", clock(summary.startedAt) + " UTC"),
            (
                "ended",
                summary.endedAt.map { clock($0) + " UTC" } ?? (summary.status == .running ? "-" : "not recorded")
            ),
            ("recorded by", summary.programVersion),
        ]
        if !arguments.isEmpty { lines.append(("arguments", arguments.joined(separator: " "))) }
        if let options = episode.options, !options.isEmpty {
            lines.append(("options", options.map { "\($0.key)=\($0.value.oneLine)" }.joined(separator: " ")))
        }
        return "episode \(summary.id)\n" + lines.map { "  " + $0.0.left(13) + $0.1 }.joined(separator: "\n")
    }

    /// How the tasks of an episode ended.
    public static func tasks(_ account: TaskAccount) -> String {
        guard account.emitted > 0 else { return "tasks: none recorded" }
        let head =
            "tasks: \(account.emitted) emitted = \(account.done) done + \(account.failed) failed "
            + "+ \(account.unfinished) unfinished; QoS \(percent(account.qos)) % (\(account.onTime) on time)"
        return ([head] + account.reasons.map { "  \($0.outcome.rawValue): \($0.count) × \($0.reason)" }).joined(
            separator: "\n")
    }

    /// Why windows and the episode as a whole may tell of different QoS; nil where they do not.
    static func qosNote(_ summary: EpisodeSummary, _ course: EpisodeCourse) -> String? {
        guard let qos = summary.qos, let unfinished = course.unfinished, unfinished > 0 else { return nil }
        return
            "The QoS of a window is over the tasks that were decided in it: done, failed, or past their deadline. Of the "
            + "\(unfinished) tasks that were still waiting or running when the episode ended, those with time left were "
            + "decided in none; in the QoS of the episode, \(percent(qos)) %, they count as missed."
    }

    /// How the episode ended, in words.
    static func outcome(_ summary: EpisodeSummary) -> String {
        let qos = summary.qos.map { ", QoS \(percent($0)) %" } ?? ""
        return "\(summary.status.rawValue) after \(summary.length) steps, return \(short(summary.totalReward))\(qos)"
    }

    /// Of a share; "-" of none. Not rounded up to 100, which would say that nothing was missed.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "-" }
        let text = String(format: "%.2f", 100 * share)
        return text == "100.00" && share < 1 ? "99.99" : text
    }

    /// The return of a replayed or recorded episode, in a line.
    public static func ending(_ summary: EpisodeSummary) -> String {
        "episode \(summary.id) \(summary.status.rawValue) after \(summary.length) steps, return \(short(summary.totalReward))"
    }

    /// At most six significant digits, and none for nothing.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        return String(format: "%.6g", value)
    }

    static func clock(_ date: Date) -> String {
        let text = Timestamp.text(date)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }
}

extension String {
    func left(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - columns)) }

    func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - columns)) + self }

    func shortened(to width: Int) -> String { columns <= width ? self : prefix(width - 1) + "…" }

    /// Characters, of which nearly all texts have as many as bytes.
    fileprivate var columns: Int { utf8.allSatisfy { $0 < 0x80 } ? utf8.count : count }

    var trimmedRight: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
