public import Farm
import Synchronization

/// The present state of all functions that a program steers, for whoever asks: KEDA, metrics, pages.
///
///     let number = board.entry("resize")?.number(at: now)
public final class SteeringBoard: Sendable {
    /// A function's state.
    public struct Entry: Sendable {
        public let settings: SteeringSettings
        public var policy: String
        /// What takes over; nil: nothing.
        public var fallback: String?
        public var source: String
        public var decision: SteeringDecision
        public var outcome: SteeringDecision.Outcome?
        public var metrics: WindowMetrics
        public var mode: SteeringDecision.Mode
        public var pause: SteeringSettings.Direction?
        public var isOnFallback: Bool
        /// Worker-seconds of the day (UTC).
        public var spent = 0.0

        public init(
            settings: SteeringSettings, policy: String, fallback: String?, source: String, decision: SteeringDecision,
            metrics: WindowMetrics, mode: SteeringDecision.Mode, pause: SteeringSettings.Direction?,
            isOnFallback: Bool
        ) {
            (self.settings, self.policy, self.fallback, self.source) = (settings, policy, fallback, source)
            (self.decision, self.metrics, self.mode) = (decision, metrics, mode)
            (self.pause, self.isOnFallback) = (pause, isOnFallback)
        }

        /// The number that may be acted on: of the policy or, with fresh inputs, of the fallback.
        ///
        /// - Throws: ``SteeringFailure`` where nobody knows enough for a number.
        public func number(at now: Double) throws(SteeringFailure) -> Int {
            let input = decision.inputAge < 0 ? Double.infinity : decision.inputAge + max(now - decision.time, 0)
            guard input <= settings.staleAfter else {
                throw SteeringFailure(
                    "the input of \(settings.function) is "
                        + (input.isFinite ? "\(Rail.text(input)) s old" : "missing")
                        + "; \(Rail.text(settings.staleAfter)) s at most is acted on")
            }
            guard decision.author != .nobody else {
                throw SteeringFailure(
                    "the policy of \(settings.function) fails (\(decision.fault ?? "no reason is known")) and no fallback is set"
                )
            }
            return decision.asked
        }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var isStopping = false
        var watchers: [Int: AsyncStream<String>.Continuation] = [:]
        /// Of one function each, by its name.
        var followers: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
        var observers: [@Sendable (Entry) -> Void] = []
        var last = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// By function, in the order of their names.
    public var entries: [Entry] {
        state.withLock { $0.entries.sorted { $0.key < $1.key }.map(\.value) }
    }

    public func entry(_ function: String) -> Entry? { state.withLock { $0.entries[function] } }

    /// Whether steering is about to end: from then on no number is given.
    public var isStopping: Bool { state.withLock { $0.isStopping } }

    public func stop() {
        let (watchers, followers) = state.withLock { state in
            state.isStopping = true
            return (state.watchers.values, state.followers.values)
        }
        for watcher in watchers { watcher.finish() }
        for follower in followers.flatMap(\.values) { follower.finish() }
    }

    public func post(_ entry: Entry) {
        let function = entry.settings.function
        let (watchers, followers, observers) = state.withLock { state in
            state.entries[function] = entry
            return (state.watchers.values, state.followers[function]?.values, state.observers)
        }
        for observer in observers { observer(entry) }
        for watcher in watchers { watcher.yield(function) }
        if let followers { for follower in followers { follower.yield() } }
    }

    /// Has each entry told that is posted from now on, none left out. The poster waits, so `observer` returns at once.
    public func observe(_ observer: @escaping @Sendable (Entry) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    /// The names of functions whose state has changed, as they change, until ``stop()``. A reader that does not keep up misses the
    /// oldest ones.
    public func changes() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1_024))
        let number: Int? = state.withLock { state in
            guard !state.isStopping else { return nil }
            state.last += 1
            state.watchers[state.last] = continuation
            return state.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.watchers[number] = nil }
        }
        return stream
    }

    /// An element after each change of one function's state, or after several of them, until ``stop()``.
    public func changes(of function: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.isStopping else { return nil }
            state.last += 1
            state.followers[function, default: [:]][state.last] = continuation
            return state.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.followers[function]?[number] = nil
                if state.followers[function]?.isEmpty == true { state.followers[function] = nil }
            }
        }
        return stream
    }
}
