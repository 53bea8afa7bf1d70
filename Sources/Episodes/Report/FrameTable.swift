import Gymnasium

/// The frames of an episode as lines of a table, one at a time: action t stands in the line of the frame it led to.
public struct FrameTable: Sendable {
    /// Which columns follow step, action, reward and flags.
    public enum Columns: Sendable {
        /// The observation.
        case observation
        /// Queue length, running, ready and desired workers, and QoS, of frames whose info has them in `metrics`.
        case metrics
    }

    private static let metrics = [
        ("queue", "queue_length"), ("running", "running"), ("ready", "ready"), ("desired", "desired"), ("qos", "qos"),
    ]

    private let columns: Columns

    public init(_ columns: Columns) {
        self.columns = columns
    }

    /// The names of the columns.
    public var head: String {
        let names =
            switch columns {
            case .observation: ["observation"]
            case .metrics: FrameTable.metrics.map { $0.0.right(8) }
            }
        return line("step", "action", "reward", "flags", names)
    }

    /// The line of a frame.
    public func row(_ frame: EpisodeFrame) -> String {
        let more =
            switch columns {
            case .observation: [frame.observation.oneLine]
            case .metrics: FrameTable.metrics.map { FrameTable.metric($0.1, of: frame).right(8) }
            }
        guard let step = frame.step else { return line(String(frame.index), "", "", "reset", more) }
        return line(
            String(frame.index), step.action.oneLine, EpisodeText.short(step.result.reward), step.result.flagText ?? "",
            more)
    }

    private func line(_ step: String, _ action: String, _ reward: String, _ flags: String, _ more: [String]) -> String {
        let cells = [step.right(6), action.right(8), reward.right(12), flags.left(10)] + more
        return cells.joined(separator: "  ").trimmedRight
    }

    private static func metric(_ key: String, of frame: EpisodeFrame) -> String {
        let metrics = frame.info.first { $0.key == "metrics" }?.value
        return (metrics?[key]?.double).map(EpisodeText.short) ?? "-"
    }
}
