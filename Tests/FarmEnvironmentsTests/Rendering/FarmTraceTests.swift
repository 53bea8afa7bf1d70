import Farm
import Testing

@testable import FarmEnvironments

@Suite("FarmTrace")
struct FarmTraceTests {
    private func window(_ step: Int) -> WindowMetrics {
        var metrics = WindowMetrics()
        metrics.step = step
        metrics.time = Double(step) * 2
        metrics.windowSeconds = step == 0 ? 0 : 2
        metrics.stages.first.arrivalRate = 3
        metrics.stages.first.queueLength = step == 7 ? 99 : 1
        metrics.stages.first.workers.ready = step
        metrics.met = step == 0 ? 0 : 4
        metrics.missed = step == 0 ? 0 : 1
        return metrics
    }

    @Test("a short episode is kept window by window")
    func short() {
        var trace = FarmTrace(window(0))
        for step in 1...50 { trace.append(window(step)) }
        #expect(trace.samples == (0...50).map { FarmTrace.Sample(window($0)) })
    }

    @Test("a long one is bounded, loses no task and no peak, and ends where it does")
    func long() throws {
        var trace = FarmTrace(window(0))
        for step in 1...20_001 {
            trace.append(window(step))
            guard trace.samples.count < FarmTrace.capacity else { return #expect(Bool(false)) }
        }
        let samples = trace.samples
        #expect(samples.map(\.met).reduce(0, +) == 4 * 20_001)
        #expect(samples.map(\.missed).reduce(0, +) == 20_001)
        #expect(samples.map(\.queueLength).max() == 99)
        #expect(abs(samples.map(\.seconds).reduce(0, +) - 40_002) < 1e-6)
        #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time })
        let last = try #require(samples.last)
        #expect(last.time == 40_002 && last.ready == 20_001)
        #expect(samples.dropFirst().allSatisfy { abs($0.arrivalRate - 3) < 1e-9 && $0.qos == 0.8 })
        #expect(FarmTrace.Sample(window(0)).qos == nil)
    }
}
