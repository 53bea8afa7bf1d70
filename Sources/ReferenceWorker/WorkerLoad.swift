import Synchronization

/// The calls that a worker has, and whether it takes more.
final class WorkerLoad: Sendable {
    fileprivate struct State {
        var inFlight = 0
        var calls = 0
        var isDraining = false
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// The numbers of a new call, or nil when no more are taken.
    func begin() -> (inFlight: Int, call: Int)? {
        state.withLock { state in
            guard !state.isDraining else { return nil }
            state.inFlight += 1
            state.calls += 1
            return (state.inFlight, state.calls)
        }
    }

    func end() {
        let waiting = state.withLock { state in
            state.inFlight -= 1
            return state.takeWaitingIfIdle()
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Takes no more calls, and returns when the last one has ended.
    func drain() async {
        await withCheckedContinuation { continuation in
            let waiting = state.withLock { state in
                state.isDraining = true
                state.whenIdle.append(continuation)
                return state.takeWaitingIfIdle()
            }
            for continuation in waiting { continuation.resume() }
        }
    }
}

extension WorkerLoad.State {
    fileprivate mutating func takeWaitingIfIdle() -> [CheckedContinuation<Void, Never>] {
        inFlight == 0 ? exchange(&whenIdle, with: []) : []
    }
}
