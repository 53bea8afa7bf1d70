import Logging
import Synchronization

/// Keeps what is logged.
final class LogRecorder: Sendable {
    private let kept = Mutex<[String]>([])

    /// Level and message of each line.
    var lines: [String] { kept.withLock { $0 } }

    /// A logger whose lines are kept here, from `info` on.
    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.kept.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }
}
