import Farm
import FarmPolicies
import Testing

@Suite struct StaticPolicyTests {
    @Test("the number does not depend on the farm")
    func constant() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 32, initial: 12), steps: 20)
        let seen = try QueueModel.run("static:7", scenario) { $0 < 50 ? 1 : 30 }
        #expect(seen.dropFirst().allSatisfy { $0.desired == 7 })
    }
}
