import Foundation
import Steering
import Synchronization

/// A steered function's line and counts, shared by its calls.
final class FunctionLine: Sendable {
    /// What becomes of a call that wants to begin.
    enum Admission: Sendable, Hashable {
        case begins
        case late
        case full
        case gone
        case ended
    }

    typealias Waiter = @Sendable (Admission) -> Void

    private struct State {
        var line: CallLine<Waiter>
        var tally: IngressTally
        var isEnding = false
        /// When it was last told how many workers there are.
        var toldAt = 0.0
    }

    let function: FunctionIngress.Function
    private let clock: IngressClock
    private let state: Mutex<State>

    init(_ function: FunctionIngress.Function, clock: IngressClock, mostWaiting: Int) {
        (self.function, self.clock) = (function, clock)
        state = Mutex(
            State(line: CallLine(mostWaiting: mostWaiting), tally: IngressTally(from: clock.now)))
    }

    var name: String { function.settings.function }

    var counts: FunctionIngress.Counts {
        state.withLock { state in
            var counts = state.tally.counts
            (counts.running, counts.waiting) = (state.line.running, state.line.waiting)
            return counts
        }
    }

    func tell() -> Sighting {
        state.withLock { $0.tally.tell($0.line, at: clock.now, date: Date().timeIntervalSince1970) }
    }

    /// - Parameter ready: workers that take calls; nil: nobody knows, and calls are not held back.
    func set(ready: Int?) {
        change { state in
            state.toldAt = clock.now
            state.line.set(places: ready.map { min(max($0, 0), 1 << 20) * function.concurrency })
        }
    }

    /// Holds nobody back any more where nothing was told for so long.
    func forget(after seconds: Double) {
        change { state in
            if clock.now - state.toldAt > seconds { state.line.set(places: nil) }
        }
    }

    func arrive(at time: Double) { state.withLock { $0.tally.arrive(at: time) } }

    func note(repeated count: Int) { state.withLock { $0.tally.note(repeated: count) } }

    func note(interrupted count: Int) { state.withLock { $0.tally.note(interrupted: count) } }

    func collide() { state.withLock { $0.tally.collide() } }

    /// Waits for a place.
    ///
    /// - Parameters:
    ///   - limit: until when, on the ingress's clock.
    ///   - connection: with whose end the waiting ends.
    func enter(arrival: Double, until limit: Double, _ connection: IngressConnection) async -> Admission {
        let timer = Mutex(Task<Void, Never>?.none)
        let admission: Admission = await withCheckedContinuation { continuation in
            let entry: CallLine<Waiter>.Entry? = state.withLock { state in
                guard !state.isEnding else { return nil }
                return state.line.enter({ continuation.resume(returning: $0) }, at: arrival)
            }
            switch entry {
            case nil: continuation.resume(returning: .ended)
            case .begins: continuation.resume(returning: .begins)
            case .full: continuation.resume(returning: .full)
            case .waits(let number):
                connection.onHangUp { [self] in withdraw(number, .gone) }
                let seconds = max(limit - clock.now, 0)
                timer.withLock {
                    $0 = Task { [self] in
                        try? await Task.sleep(for: .seconds(seconds))
                        if !Task.isCancelled { withdraw(number, .late) }
                    }
                }
            }
        }
        timer.withLock { $0?.cancel() }
        return admission
    }

    /// Has `waiter` wait behind the others, however many wait, until it may begin or the ingress ends.
    func enter(arrival: Double, _ waiter: @escaping Waiter) {
        let admission: Admission? = state.withLock { state in
            guard !state.isEnding else { return .ended }
            return state.line.enter(waiter, at: arrival, isCounted: false) == .begins ? .begins : nil
        }
        if let admission { waiter(admission) }
    }

    /// A call has ended, whether or not it had begun.
    func end(_ call: ServedCall, hadBegun: Bool) {
        change { state in
            if hadBegun { state.line.leave() }
            state.tally.end(call)
        }
    }

    /// One that had begun ends without an account of it.
    func leave() { change { $0.line.leave() } }

    /// Whoever waits does so in vain.
    func close() {
        let waiters = state.withLock { state in
            state.isEnding = true
            return state.line.empty()
        }
        for waiter in waiters { waiter(.ended) }
    }

    private func withdraw(_ number: Int, _ admission: Admission) {
        state.withLock { $0.line.withdraw(number) }?(admission)
    }

    private func change(_ body: (inout State) -> Void) {
        let beginning = state.withLock { state in
            body(&state)
            var waiters: [Waiter] = []
            while let waiter = state.line.next() { waiters.append(waiter) }
            return waiters
        }
        for waiter in beginning { waiter(.begins) }
    }
}
