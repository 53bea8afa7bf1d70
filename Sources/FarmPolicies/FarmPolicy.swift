public import Farm

/// A controller of a farm: decides, from what is known at the end of a window, how many workers to ask for in each stage.
public protocol FarmPolicy: Sendable {
    /// The text that ``PolicyCatalogue/policy(_:)`` makes the same policy from, canonical: the parameters that differ
    /// from their defaults, in the catalogue's order, as in `static:12` and `queue-length:target=5`.
    var name: String { get }

    /// What a farm's metrics must tell for its numbers to mean anything. What else is absent (``WindowMetrics/absences``) it does
    /// without. Nothing, where a policy does not say otherwise.
    var needs: MetricAbsences { get }

    /// Before an episode's first decision. Forgets the last episode.
    mutating func begin(_ scenario: Scenario)

    /// The workers to ask for. Never traps, whatever the metrics say.
    ///
    /// - Parameter metrics: those of the last window; at an episode's beginning those at time 0, whose window has no
    ///   length.
    /// - Returns: numbers of 0 or more, one a stage. What is beyond the scenario's bounds is moved into them by the caller.
    mutating func staffing(after metrics: WindowMetrics) -> Staffing
}

extension FarmPolicy {
    public var needs: MetricAbsences { [] }
}

extension WindowMetrics {
    /// Whether a window has ended. Before that, rates and shares are 0 because nothing was measured.
    var hasWindow: Bool { windowSeconds > 0 && windowSeconds.isFinite }

    /// Tasks that wait or run.
    var tasksInSystem: Double { Double(max(queueLength, 0)) + Double(max(running, 0)) }

    /// Tasks a second that were done in the window.
    var completionRate: Double { hasWindow ? (Double(max(completions, 0)) / windowSeconds).finite(or: 0) : 0 }

    /// What is asked for now, 0 or more.
    var current: Int { max(desired, 0) }

    /// ``current`` and `change` more, 0 or more.
    func desired(changedBy change: Int) -> Int {
        let (sum, overflow) = current.addingReportingOverflow(change)
        return overflow ? current : max(sum, 0)
    }

    /// `proposal`, or what is asked for now if that is more and the worker counts are stale: a source that does not
    /// answer is no reason to take workers away (kedacore/keda#965).
    func withoutScaleInWhenStale(_ proposal: Int) -> Int { isStale ? max(proposal, current) : proposal }
}

extension Double {
    /// The least whole number of workers that is not below this; 0 for what is not a number or negative, and at most a
    /// billion, which any scenario's bounds cut off.
    var roundedUpToWorkers: Int {
        guard self > 0 else { return 0 }
        // A quotient that should be whole can come out a last digit above it.
        let nearest = rounded()
        return Int(Swift.min(abs(self - nearest) < 1e-9 * nearest ? nearest : rounded(.up), 1e9))
    }

    /// This, or `other` for infinities and what is not a number.
    func finite(or other: Double) -> Double { isFinite ? self : other }
}
