import Farm
import FarmPolicies
import Testing

@Suite struct TimetablePolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 32, initial: 12), steps: 20)

    @Test("a level holds from its step to the next one")
    func levels() throws {
        let asked = try decisions(
            "timetable:0=12,2=17,15=13", in: scenario, on: (0..<20).map { .window(workers: 1, at: Double($0) * 5) })
        let expected = Array(repeating: 12, count: 2) + Array(repeating: 17, count: 13) + Array(repeating: 13, count: 5)
        #expect(asked == expected)
    }

    @Test("before its first level it keeps what there is")
    func before() throws {
        let asked = try decisions("timetable:2=5", in: scenario, on: (0..<3).map { _ in .window(workers: 9) })
        #expect(asked == [9, 9, 5])
    }

    @Test("an episode begins at step 0 again")
    func again() throws {
        var policy = try PolicyCatalogue.policy("timetable:0=3,1=4")
        for _ in 0..<2 {
            policy.begin(scenario)
            let asked = (0..<3).map { _ in policy.staffing(after: .window(workers: 1)).first }
            #expect(asked == [3, 4, 4])
        }
    }
}
