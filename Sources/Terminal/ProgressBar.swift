import Foundation
import Numbers
import Synchronization

/// How far long work is, on standard error: a line on a terminal, and a line now and then in a log.
///
///     let bar = ProgressBar("policies", unit: "episodes")
///     for episode in 1...200 { bar.update(episode, 200) }
public final class ProgressBar: Sendable {
    private let title: String
    private let unit: String
    private let output = Mutex(ProgressOutput())
    private static let widestBar = 30

    /// - Parameter unit: what is counted, in the plural.
    public init(_ title: String, unit: String) {
        self.title = title
        self.unit = unit
    }

    /// Shows `done` of `count` now and then; the last one clears the line.
    public var update: @Sendable (_ done: Int, _ count: Int) -> Void {
        { done, count in
            self.output.withLock { output in
                guard done < count else { return output.end() }
                guard output.isDue else { return }
                output.show(self.text(done, count, after: output.elapsed))
            }
        }
    }

    private func text(_ done: Int, _ count: Int, after elapsed: Duration) -> String {
        let share = Double(done) / Double(max(count, 1))
        let left = share > 0 ? Duration(clampingSeconds: elapsed / .seconds(1) * (1 / share - 1)).brief : "?"
        let numbers = "\(done) of \(count) \(unit), \(left) left"
        // The numbers say it all; the bar takes what room they leave.
        let room = ProgressOutput.columns - title.count - numbers.count - 5
        let width = min(Self.widestBar, room)
        guard width > 4 else { return "\(title): \(numbers)" }
        let cells = Int(share * Double(width))
        let bar = String(repeating: "=", count: cells) + String(repeating: " ", count: width - cells)
        return "\(title) [\(bar)] \(numbers)"
    }
}
