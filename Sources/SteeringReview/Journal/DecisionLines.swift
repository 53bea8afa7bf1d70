import Foundation
import Pages
public import Steering
import Synchronization

/// Decisions as lines of JSON, one object a line, in a file or on standard output. The journal is what counts: lines that cannot be
/// written are left out, and that is said once.
///
/// A line is written once it is known what came of the decision, at the latest before the function's next one.
public final class DecisionLines: Sendable {
    private struct State {
        var open: [String: SteeringDecision] = [:]
        var isBroken = false
    }

    private let handle: FileHandle
    private let name: String
    private let onTrouble: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: of a file that is added to; `-`: standard output.
    ///   - onTrouble: told, once, that lines cannot be written.
    /// - Throws: ``SteeringFailure`` where the file cannot be opened.
    public init(path: String, onTrouble: @escaping @Sendable (String) -> Void = { _ in }) throws(SteeringFailure) {
        // A reader that goes away must not end steering.
        signal(SIGPIPE, SIG_IGN)
        (name, self.onTrouble) = (path, onTrouble)
        if path == "-" {
            handle = .standardOutput
            return
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw SteeringFailure(
                "\(path) cannot be written (\(String(cString: strerror(errno)))); name another file for the decisions' lines"
            )
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func begin(_ decision: SteeringDecision) {
        let last = state.withLock { $0.open.updateValue(decision, forKey: decision.function) }
        if let last { write(last, nil) }
    }

    func complete(_ function: String, _ number: Int, _ outcome: SteeringDecision.Outcome) {
        let decision = state.withLock { state in
            state.open[function]?.number == number ? state.open.removeValue(forKey: function) : nil
        }
        if let decision { write(decision, outcome) }
    }

    /// Writes those of which nobody has said what came of them.
    func flush() {
        let open = state.withLock { state in
            defer { state.open = [:] }
            return state.open
        }
        for (_, decision) in open.sorted(by: { $0.key < $1.key }) { write(decision, nil) }
    }

    private func write(_ decision: SteeringDecision, _ outcome: SteeringDecision.Outcome?) {
        let line = DecisionJSON.line(RecordedDecision(decision, outcome: outcome)) + "\n"
        do {
            try handle.write(contentsOf: Data(line.utf8))
            state.withLock { $0.isBroken = false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.isBroken = true }
                return !state.isBroken
            }
            if isNew { onTrouble("decisions cannot be written as lines to \(name): \(error); the journal has them") }
        }
    }
}
