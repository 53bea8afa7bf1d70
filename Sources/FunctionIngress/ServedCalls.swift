import Foundation
import Synchronization

/// Calls that have ended, on their way to who records them: some at a time, bounded in number.
final class ServedCalls: Sendable {
    /// That wait for who records them.
    private static let most = 65_536
    private static let atOnce = 1_000

    private struct State {
        var calls: [ServedCall] = []
        var dropped = 0
        var last = 0
    }

    private let state = Mutex(State())
    /// Tells the names of one program's calls from another's.
    private let start = String(UInt64(Date().timeIntervalSince1970 * 1e6), radix: 36)
    private let onEnd: (@Sendable ([ServedCall]) async -> Void)?

    init(_ onEnd: (@Sendable ([ServedCall]) async -> Void)?) { self.onEnd = onEnd }

    var dropped: Int { state.withLock { $0.dropped } }

    /// A name for a call that nobody has named.
    func nextID() -> String {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return "\(start)-\(number)"
    }

    func add(_ call: ServedCall) {
        guard onEnd != nil else { return }
        state.withLock { state in
            if state.calls.count < ServedCalls.most { state.calls.append(call) } else { state.dropped += 1 }
        }
    }

    /// Hands calls on until cancelled.
    func run() async {
        guard onEnd != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(250))
            await flush()
        }
    }

    /// Hands on what there is.
    func flush() async {
        guard let onEnd else { return }
        var calls = state.withLock { exchange(&$0.calls, with: []) }[...]
        while !calls.isEmpty {
            await onEnd(Array(calls.prefix(ServedCalls.atOnce)))
            calls = calls.dropFirst(ServedCalls.atOnce)
        }
    }
}
