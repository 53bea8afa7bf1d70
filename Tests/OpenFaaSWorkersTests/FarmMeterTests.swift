import Farm
import Logging
import OpenFaaS
import Prometheus
import Randomness
import StubGateway
import Testing

@testable import LiveFarm
@testable import OpenFaaSWorkers

@Suite("The farms' meter")
struct FarmMeterTests {
    /// The metrics' values by name and labels.
    private func values(_ meter: FarmMeter, _ registry: PrometheusRegistry) async throws -> [String: Double] {
        var values: [String: Double] = [:]
        await meter.refresh()
        for line in await registry.text().split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    @Test("adds up the farms that are open, and forgets those that are gone")
    func farms() async throws {
        let registry = PrometheusRegistry()
        let meter = FarmMeter(factory: registry)
        #expect(try await self.values(meter, registry)["faasfarm_platform_reachable"] == nil)
        meter.add { FarmMeter.Reading(queued: 3, oldestAge: 2, desired: 4, ready: 2, starting: 2, met: 3, missed: 1) }
        meter.add { FarmMeter.Reading(queued: 1, oldestAge: 5, desired: 1, ready: 1, isReachable: false, met: 4) }
        meter.add { nil }
        let values = try await values(meter, registry)
        #expect(values["faasfarm_farms"] == 2)
        #expect(values[#"faasfarm_open_tasks{place="queued"}"#] == 4)
        #expect(values[#"faasfarm_workers{state="ready"}"#] == 3)
        #expect(values[#"faasfarm_calls_total{outcome="done"}"#] == 0)
        #expect(values["faasfarm_oldest_task_seconds"] == 5)
        #expect(values["faasfarm_window_qos_ratio"] == 7.0 / 8)
        #expect(values["faasfarm_platform_reachable"] == 0)
    }

    @Test("counts a farm's tasks and calls as its books do", .timeLimit(.minutes(1)))
    func counts() async throws {
        let gateway = FunctionGateway()
        let stub = try StubGateway { gateway.answer($0) }
        defer { stub.stop() }
        let registry = PrometheusRegistry()
        let meter = FarmMeter(factory: registry)
        let pool = GatewayPool(
            gateway: GatewayClient(address: try GatewayAddress(stub.url), credentials: nil), style: .functions,
            functions: ["w"], deployment: .init(image: "i", envProcess: ""))
        let scenario = Scenario(
            name: "test", arrivals: .phases([.init(name: "steady", seconds: 60, rate: .constant(20))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: 1, max: 4, initial: 2), stepSeconds: 0.3, steps: 4)
        let farm = try await openFarm(scenario, over: pool, poll: .milliseconds(20), options: { $0.meter = meter })
        _ = try await farm.reset(seed: Seed(1))
        var last: WindowMetrics?
        var windows: [WindowMetrics] = []
        while windows.count < 3 { windows.append(try await farm.advance(Staffing(windows.isEmpty ? 9 : 3)).metrics) }
        last = windows.last
        let values = try await values(meter, registry)
        await farm.close()
        let totals = try #require(last).totals
        let done = try #require(values[#"faasfarm_tasks_total{outcome="done"}"#])
        // The farm goes on between its window and the reading.
        #expect(done >= Double(totals.done) && done <= Double(totals.done + 20))
        #expect(totals.done > 0)
        #expect(values[#"faasfarm_calls_total{outcome="done"}"#] == done)
        #expect(values[#"faasfarm_changes_total{outcome="done"}"#] ?? 0 >= 3)
        #expect(values[#"faasfarm_workers{state="desired"}"#] == 3)
        #expect(values["faasfarm_farms"] == 1)
        #expect(values["faasfarm_call_seconds_count"] == done)
        #expect(values["faasfarm_window_late_seconds_count"] == Double(last?.step ?? 0))
        // What is told at windows' ends is what their metrics told.
        #expect(values[#"faasfarm_deadlines_total{outcome="met"}"#] == Double(totals.met))
        #expect(values[#"faasfarm_deadlines_total{outcome="missed"}"#] == Double(totals.missed))
        #expect(values["faasfarm_response_seconds_count"] == Double(totals.done))
        let paid = windows.map(\.paidWorkerSeconds).reduce(0, +)
        #expect(abs(try #require(values["faasfarm_worker_seconds_total"]) - paid) < 1e-6)
        #expect(values[#"faasfarm_refusals_total{rail="bounds"}"#] == 1)
        #expect(values["faasfarm_recommended_workers"] == 3)
        #expect(values["faasfarm_platform_reachable"] == 1)
    }
}
