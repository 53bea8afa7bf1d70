import CoreMetrics
import Farm
import Metrics
import Steering

/// The instruments of one steered function.
struct FunctionSeries: Sendable {
    private let decisions: [SteeringDecision.Author: Counter]
    private let refusals: [String: Counter]
    private let faults: Counter
    private let blind: Counter
    private let refusedRequests: Counter
    private let calls: [(counter: Counter, value: any KeyPath<Sighting, Int?> & Sendable)]
    private let responses: Timer
    private let ready: Meter
    private let starting: Meter
    private let draining: Meter
    private let gauges: [(meter: Meter, gauge: FunctionGauge)]

    init(_ function: String, _ factory: any MetricsFactory) {
        func counter(_ name: String, _ label: (String, String)? = nil) -> Counter {
            Counter(
                label: "faasfarm_steering_\(name)_total",
                dimensions: [("function", function)] + (label.map { [$0] } ?? []), factory: factory)
        }
        func meter(_ name: String, _ label: (String, String)? = nil) -> Meter {
            Meter(label: name, dimensions: [("function", function)] + (label.map { [$0] } ?? []), factory: factory)
        }
        decisions = Dictionary(
            uniqueKeysWithValues: [SteeringDecision.Author.policy, .fallback, .revert, .nobody].map {
                ($0, counter("decisions", ("author", $0.rawValue)))
            })
        refusals = Dictionary(
            uniqueKeysWithValues: Rail.all.map { ($0.name, counter("refusals", ("rail", $0.name))) })
        (faults, blind) = (counter("faults"), counter("blind_decisions"))
        refusedRequests = counter("refused_requests")
        calls = [
            (counter("calls", ("outcome", "arrived")), \.arrivals),
            (counter("calls", ("outcome", "ended")), \.completions),
            (counter("calls", ("outcome", "failed")), \.failures),
            (counter("deadlines", ("outcome", "met")), \.met),
            (counter("deadlines", ("outcome", "missed")), \.missed),
        ]
        responses = Timer(
            label: "faasfarm_steering_response_seconds", dimensions: [("function", function)], factory: factory)
        let name = "faasfarm_steering_workers_seen"
        ready = meter(name, ("state", "ready"))
        starting = meter(name, ("state", "starting"))
        draining = meter(name, ("state", "draining"))
        gauges = FunctionGauge.all.map { (meter($0.name), $0) }
        // Before the first decision nothing is known.
        for meter in [ready, starting, draining] + gauges.map(\.meter) { meter.set(Double.nan) }
    }

    /// A decision was posted.
    func count(_ entry: SteeringBoard.Entry) {
        let decision = entry.decision
        decisions[decision.author]?.increment()
        for refusal in decision.refusals { refusals[refusal.rail]?.increment() }
        if decision.fault != nil { faults.increment() }
        if case .refused = entry.outcome { refusedRequests.increment() }
        // The way back is decided without a look at the load.
        if decision.author == .revert { return }
        // An old sighting has been counted; of the first one's counts nobody knows the time.
        guard decision.blindness == nil, let sighting = decision.sighting else { return blind.increment() }
        guard sighting.seconds > 0 else { return }
        for (counter, value) in calls { counter.increment(by: max(sighting[keyPath: value] ?? 0, 0)) }
    }

    func countCall(seconds: Double) {
        guard seconds >= 0 else { return }
        responses.recordNanoseconds(Int64(min(seconds, 1e9) * 1e9))
    }

    func set(_ entry: SteeringBoard.Entry, at now: Double) {
        // Which workers start or leave nobody knows who does not know the ready ones.
        let isKnown = entry.decision.workers?.ready != nil
        let counts = [
            (ready, entry.metrics.ready), (starting, entry.metrics.starting), (draining, entry.metrics.draining),
        ]
        for (meter, count) in counts { meter.set(isKnown ? Double(count) : .nan) }
        for (meter, gauge) in gauges { meter.set(gauge.value(entry, now)) }
    }
}
