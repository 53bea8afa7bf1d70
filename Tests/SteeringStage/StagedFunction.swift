import Farm
import Foundation
import Steering
import SteeringMetrics
import Synchronization

/// A made-up function: its load goes up and down, its workers start within a period.
final class StagedFunction: LoadSource, WorkerSetter, Recommender, DecisionJournal {
    let name: String
    let digest = String(repeating: "0", count: 64)
    let absences: MetricAbsences = []
    private let policyFails: Bool
    private let sourceFails: Bool
    private let platformFails: Bool
    private let state = Mutex((asked: 2, ready: 2, last: 0.0))
    private let meter = Mutex<SteeringMeter?>(nil)

    init(_ name: String, policyFails: Bool = false, sourceFails: Bool = false, platformFails: Bool = false) {
        self.name = name
        (self.policyFails, self.sourceFails, self.platformFails) = (policyFails, sourceFails, platformFails)
    }

    func parts(period: Double, meter: SteeringMeter) -> Steerer.Parts {
        self.meter.withLock { $0 = meter }
        var settings = SteeringSettings(function: name)
        (settings.period, settings.patience, settings.staleAfter) = (period, period, 5 * period)
        settings.workers = WorkerBounds(min: 1, max: 12, initial: 2)
        (settings.holdDown, settings.quiet, settings.largestStepUp) = (3 * period, 5 * period, 2)
        settings.dailyBudget = 1e6
        return Steerer.Parts(
            settings: settings, source: self, setter: self, policy: self, fallback: StagedFallback(), journal: self,
            mode: name.hasSuffix("7") ? .advise : .steer)
    }

    func read() async throws(SteeringFailure) -> Sighting {
        if sourceFails { throw SteeringFailure("the gateway's metrics do not answer") }
        let now = Date().timeIntervalSince1970
        let (last, ready) = state.withLock { state in
            defer { state.last = now }
            return (state.last, state.ready)
        }
        var sighting = Sighting(time: now, seconds: last == 0 ? 0 : now - last)
        let phase = Double(name.utf8.reduce(0) { $0 &+ Int($1) } % 60)
        let rate = 10 + 9 * sin((now + phase) / 12)
        let calls = Int(rate * sighting.seconds)
        (sighting.arrivals, sighting.recentRate, sighting.completions) = (calls, rate, calls)
        let excess = max(Int(rate * 0.5) - ready, 0)
        (sighting.failures, sighting.running) = (0, min(Int(rate * 0.5), ready))
        (sighting.queued, sighting.oldestAge) = (excess, Double(excess) * 0.4)
        (sighting.serviceSeconds, sighting.responseSeconds) = (0.5, 0.5 + Double(excess) * 0.3)
        (sighting.met, sighting.missed) = (calls - min(excess, calls), min(excess, calls))
        for _ in 0..<calls { meter.withLock { $0 }?.countCall(of: name, seconds: sighting.responseSeconds ?? 0) }
        return sighting
    }

    func look() async throws(SteeringFailure) -> WorkersSeen {
        if platformFails { throw SteeringFailure("the gateway refuses the login") }
        return state.withLock { state in
            defer { state.ready = state.asked }
            return WorkersSeen(time: Date().timeIntervalSince1970, asked: state.asked, ready: state.ready)
        }
    }

    func ask(for count: Int) async throws(SteeringFailure) -> WorkersSeen? {
        if platformFails { throw SteeringFailure("the gateway refuses the login") }
        state.withLock { $0.asked = count }
        return nil
    }

    func recommend(after metrics: WindowMetrics) async throws -> Int {
        if policyFails { throw SteeringFailure("the checkpoint cannot be read") }
        return Int((metrics.arrivalRate * 0.5 / 0.7).rounded(.up)) + metrics.queueLength
    }

    func record(_ decision: SteeringDecision, _ memory: SteeringMemory) async throws(SteeringFailure) {}
    func complete(
        _ function: String, _ number: Int, _ outcome: SteeringDecision.Outcome
    ) async throws(SteeringFailure) {}
    func last(of function: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)? { nil }
}

private struct StagedFallback: Recommender {
    let name = "fixed:3"
    let digest = ""

    func recommend(after metrics: WindowMetrics) async throws -> Int { 3 }
}
