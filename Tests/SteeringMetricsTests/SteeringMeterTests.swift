import Farm
import Prometheus
import Steering
import Testing

@testable import SteeringMetrics

@Suite("The meter of steered functions")
struct SteeringMeterTests {
    private static let start = 1_800_000_000.0

    private func entry(
        _ function: String = "resize", at time: Double = start, _ change: (inout SteeringDecision) -> Void = { _ in }
    ) -> SteeringBoard.Entry {
        var settings = SteeringSettings(function: function)
        settings.dailyBudget = 5_000
        var sighting = Sighting(time: time, seconds: 10)
        (sighting.arrivals, sighting.completions, sighting.failures) = (40, 38, 2)
        (sighting.queued, sighting.met, sighting.missed, sighting.responseSeconds) = (3, 30, 10, 0.75)
        var decision = SteeringDecision(
            number: 1, time: time, function: function, mode: .steer, sighting: sighting, blindness: nil, inputAge: 1,
            workers: WorkersSeen(time: time, asked: 4, ready: 3), before: 4, recommended: 12, fault: nil,
            author: .policy, proposed: 12,
            refusals: [
                .init(rail: "step-up", from: 12, to: 6, reason: "2 more at most"),
                .init(rail: "bounds", from: 6, to: 5, reason: "5 at most"),
            ], asked: 5, policy: "forecast", digest: "d")
        change(&decision)
        let metrics = WindowMetrics(
            decision.sighting, workers: decision.workers, asked: 4, begun: 0, now: time, step: 1, staleAfter: 30)
        var entry = SteeringBoard.Entry(
            settings: settings, policy: "forecast", fallback: "fixed:3", source: "ingress", decision: decision,
            metrics: metrics, mode: .steer, pause: nil, isOnFallback: decision.author == .fallback)
        entry.outcome = .applied(seen: nil)
        entry.spent = 1_250
        return entry
    }

    private func values(_ registry: PrometheusRegistry) async throws -> [String: Double] {
        var values: [String: Double] = [:]
        for line in await registry.text().split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    @Test("counts every decision, and tells the present state with the ages of now")
    func decisions() async throws {
        let (board, registry) = (SteeringBoard(), PrometheusRegistry())
        let meter = SteeringMeter(board, functions: ["resize"], factory: registry) { Self.start + 12 }
        registry.beforeText { meter.refresh() }
        for _ in 0..<2 { board.post(entry()) }
        let values = try await values(registry)
        func value(_ name: String, _ label: String = "") -> Double? {
            values["faasfarm_steering_\(name){function=\"resize\"\(label.isEmpty ? "" : "," + label)}"]
        }
        #expect(value("decisions_total", "author=\"policy\"") == 2)
        #expect(value("decisions_total", "author=\"nobody\"") == 0)
        #expect(value("refusals_total", "rail=\"step-up\"") == 2)
        #expect(value("refusals_total", "rail=\"budget\"") == 0)
        #expect(value("calls_total", "outcome=\"arrived\"") == 80)
        #expect(value("deadlines_total", "outcome=\"missed\"") == 20)
        #expect(value("recommended_workers") == 12 && value("asked_workers") == 5 && value("applied_workers") == 5)
        #expect(value("workers_seen", "state=\"ready\"") == 3 && value("workers_seen", "state=\"starting\"") == 1)
        #expect(value("input_age_seconds") == 13 && value("decision_age_seconds") == 12)
        #expect(value("window_qos_ratio") == 0.75 && value("window_response_seconds") == 0.75)
        #expect(value("queued_calls") == 3 && value("oldest_call_seconds") == nil)
        #expect(value("spent_worker_seconds") == 1_250 && value("budget_worker_seconds") == 5_000)
        #expect(value("platform_reachable") == 1 && value("fallback_active") == 0 && value("acting") == 1)
    }

    @Test("a blind decision counts no call, and no input is infinitely old, no fresh one")
    func blindness() async throws {
        let (board, registry) = (SteeringBoard(), PrometheusRegistry())
        let meter = SteeringMeter(board, functions: ["resize"], factory: registry) { Self.start }
        registry.beforeText { meter.refresh() }
        var values = try await values(registry)
        #expect(values[#"faasfarm_steering_asked_workers{function="resize"}"#] == nil)
        board.post(
            entry {
                ($0.sighting, $0.workers, $0.blindness, $0.inputAge) = (nil, nil, "the gateway does not answer", -1)
                ($0.recommended, $0.fault, $0.author) = (nil, "late", .fallback)
            })
        values = try await self.values(registry)
        #expect(values[#"faasfarm_steering_input_age_seconds{function="resize"}"#] == .infinity)
        #expect(values[#"faasfarm_steering_recommended_workers{function="resize"}"#] == nil)
        #expect(values[#"faasfarm_steering_platform_reachable{function="resize"}"#] == 0)
        #expect(values[#"faasfarm_steering_fallback_active{function="resize"}"#] == 1)
        #expect(values[#"faasfarm_steering_faults_total{function="resize"}"#] == 1)
        #expect(values[#"faasfarm_steering_blind_decisions_total{function="resize"}"#] == 1)
        #expect(values[#"faasfarm_steering_calls_total{function="resize",outcome="arrived"}"#] == 0)
    }

    @Test("has series for the functions of the configuration alone, and a meaning for each metric")
    func cardinality() async throws {
        let (board, registry) = (SteeringBoard(), PrometheusRegistry(help: SteeringMeter.help))
        let meter = SteeringMeter(board, functions: ["resize", "resize"], factory: registry)
        registry.beforeText { meter.refresh() }
        let before = try await values(registry).count
        for number in 0..<50 { board.post(entry("other-\(number)")) }
        for number in 0..<50 { meter.countCall(of: "other-\(number)", seconds: 1) }
        meter.countCall(of: "resize", seconds: 0.2)
        let values = try await values(registry)
        #expect(values.count == before)
        #expect(values[#"faasfarm_steering_response_seconds_count{function="resize"}"#] == 1)
        let lines = await registry.text().split(separator: "\n")
        let types = lines.filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ")[2] }
        let helps = lines.filter { $0.hasPrefix("# HELP") }.map { $0.split(separator: " ")[2] }
        #expect(types == helps && Set(types).count == types.count)
    }
}
