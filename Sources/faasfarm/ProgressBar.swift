import Foundation
import Synchronization

/// One line on standard error that says how far long work is; nothing where standard error is no terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let unit: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private let begun = ContinuousClock.now
    private let shown = Mutex(ContinuousClock.now - .seconds(1))

    init(_ title: String, unit: String) {
        self.title = title
        self.unit = unit
    }

    /// Shows `done` of `count`, ten times a second at most; the last one clears the line.
    var update: @Sendable (_ done: Int, _ count: Int) -> Void {
        { done, count in
            guard self.isShown else { return }
            let now = ContinuousClock.now
            let isDue = self.shown.withLock { last in
                guard done == count || now - last > .milliseconds(100) else { return false }
                last = now
                return true
            }
            if isDue { self.show(done, count, after: now - self.begun) }
        }
    }

    private func show(_ done: Int, _ count: Int, after elapsed: Duration) {
        if done >= count {
            write("\r\u{1B}[K")
            return
        }
        let share = Double(done) / Double(max(count, 1))
        let cells = Int(share * 30)
        let left = share > 0 ? Int(elapsed / .seconds(1) * (1 / share - 1)) : 0
        write(
            "\r\u{1B}[K\(title) [\(String(repeating: "=", count: cells))\(String(repeating: " ", count: 30 - cells))] "
                + "\(done) of \(count) \(unit), \(left) s left")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
