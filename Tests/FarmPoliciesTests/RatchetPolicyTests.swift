import Farm
import FarmPolicies
import Testing

@Suite struct RatchetPolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 32, initial: 12))

    @Test("a window below the quality of service adds one worker, at it none")
    func threshold() throws {
        func window(met: Int, missed: Int) -> WindowMetrics {
            .window(workers: 12) { ($0.met, $0.missed) = (met, missed) }
        }
        let windows = [window(met: 94, missed: 6), window(met: 95, missed: 5), window(met: 0, missed: 0)]
        #expect(try decisions("ratchet", in: scenario, on: windows) == [13, 12, 12])
        #expect(try decisions("ratchet:qos=0.9", in: scenario, on: windows) == [12, 12, 12])
        #expect(try decisions("ratchet:1", in: scenario, on: windows) == [13, 13, 12])
    }

    @Test("it climbs to the need and stays there when the load goes")
    func climbs() throws {
        let seen = try QueueModel.run("ratchet", .plain(workers: WorkerBounds(min: 1, max: 32, initial: 2))) {
            $0 < 500 ? 6.2 : 1
        }
        let after = seen.last?.desired ?? 0
        #expect((7...32).contains(after))
        #expect(zip(seen, seen.dropFirst()).allSatisfy { (0...1).contains($1.desired - $0.desired) })
    }
}
