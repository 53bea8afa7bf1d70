import Synchronization

/// Lets a number of tasks in at once; the others wait, in the order they came.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Waits for a place. Each needs one ``leave()``.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }

    /// A place that is given back after `limit`, if there is one, or earlier by calling what is returned; any number of
    /// times.
    func place(atMost limit: Duration?) async -> @Sendable () -> Void {
        await enter()
        let isHeld = Held()
        let release: @Sendable () -> Void = { [self] in
            if isHeld.value.exchange(false, ordering: .relaxed) { leave() }
        }
        if let limit {
            Task {
                try? await Task.sleep(for: limit)
                release()
            }
        }
        return release
    }

    private final class Held: Sendable {
        let value = Atomic(true)
    }
}
