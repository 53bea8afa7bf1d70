import EnvironmentProtocol
import Metrics

/// What a server counts, through swift-metrics: for nobody, unless the program has bootstrapped a backend before.
///
/// A step that is over at once costs one addition; only those that take longer are timed into a histogram.
final class ServerMeter: Sendable {
    /// Steps that are not in the histogram.
    static let quick = Duration.microseconds(100)

    private let sessions = Meter(label: "faasfarm_open_sessions")
    private let made = Counter(label: "faasfarm_sessions_total")
    private let quickSteps = Counter(label: "faasfarm_quick_steps_total")
    private let errors = Counter(label: "faasfarm_refused_requests_total")
    private let steps = Timer(label: "faasfarm_request_seconds", dimensions: [("kind", "step")])
    private let resets = Timer(label: "faasfarm_request_seconds", dimensions: [("kind", "reset")])
    private let renders = Timer(label: "faasfarm_request_seconds", dimensions: [("kind", "render")])

    /// A session has begun or ended; now there are `count`.
    func sessions(_ count: Int, begun: Bool = false) {
        sessions.set(count)
        if begun { made.increment() }
    }

    /// A call of a session has ended, whose request came so long ago.
    func count(_ outcome: WireReply.OneOf_Kind, after duration: Duration) {
        switch outcome {
        case .step: countStep(after: duration)
        case .reset: record(duration, in: resets)
        case .render: record(duration, in: renders)
        case .error: errors.increment()
        default: break
        }
    }

    /// A step has ended, whose request came so long ago.
    func countStep(after duration: Duration) {
        if duration < ServerMeter.quick { quickSteps.increment() } else { record(duration, in: steps) }
    }

    private func record(_ duration: Duration, in timer: Timer) {
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}
