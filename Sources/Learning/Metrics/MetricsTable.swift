import Foundation
import SystemErrors

/// A CSV file of a run's metrics: one line a number, `step,name,value`.
///
/// Long form, since not every round has every metric; `pandas.pivot` makes columns of it.
public final class MetricsTable {
    public let path: String
    private let handle: FileHandle
    private var pending = ""

    /// Appends to the file if there is one, as a resumed run does, and else creates it with its header.
    public init(path: String) throws(LearningError) {
        self.path = path
        let url = URL(fileURLWithPath: path)
        do {
            if !FileManager.default.fileExists(atPath: path) {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("step,name,value\n".utf8).write(to: url)
            }
            handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
        } catch {
            throw LearningError(.file, "the table \(path) cannot be opened: \(SystemFailure.reason(error))")
        }
    }

    deinit { try? handle.close() }

    /// Notes a number. Names have neither commas nor quotation marks.
    public func add(_ name: String, _ value: Double, step: Int) {
        pending += "\(step),\(name),\(value)\n"
    }

    /// Writes what was noted since the last time.
    public func flush() throws(LearningError) {
        do {
            try handle.write(contentsOf: Data(pending.utf8))
        } catch {
            throw LearningError(.file, "the table \(path) cannot be written: \(SystemFailure.reason(error))")
        }
        pending = ""
    }
}
