import Farm
import Gymnasium
import Testing

@testable import FarmEnvironments

struct ActionSchemeTests {
    private let bounds = WorkerBounds(min: 2, max: 6, initial: 3)

    @Test func reading() throws {
        #expect(try ActionScheme("paper") == .paper)
        #expect(try ActionScheme("delta") == .delta(2))
        #expect(try ActionScheme("delta:5") == .delta(5))
        #expect(try ActionScheme("target") == .target)
        #expect(try ActionScheme("need") == .need)
        for scheme in [ActionScheme.paper, .delta(1), .delta(100), .target, .need] {
            #expect(try ActionScheme(scheme.value) == scheme)
        }
    }

    @Test(
        arguments: [
            "", "Paper", "deltas", "delta:", "delta:0", "delta:-1", "delta:1.5", "delta:101",
            "delta:99999999999999999999", "targets",
            2, 0.5, .tuple([]),
        ] as [Value])
    func rubbishIsRefused(_ value: Value) throws {
        let refused = try #require(refusal { _ = try ActionScheme(value) })
        #expect(refused.argument == "action")
    }

    @Test func nearNamesAreTold() throws {
        let refused = try #require(refusal { _ = try ActionScheme("targt") })
        #expect(refused.message.contains("did you mean \"target\""))
    }

    @Test func whatActionsAskFor() {
        #expect((0..<3).map { ActionScheme.paper.desired(for: $0, current: 4, bounds: bounds) } == [3, 4, 5])
        #expect((0..<5).map { ActionScheme.delta(2).desired(for: $0, current: 4, bounds: bounds) } == [2, 3, 4, 5, 6])
        #expect((0..<5).map { ActionScheme.target.desired(for: $0, current: 4, bounds: bounds) } == [2, 3, 4, 5, 6])
    }

    @Test("No fewer workers can be asked for than the platform keeps, and holding is never masked")
    func masksKnowThePlatformsFloor() {
        #expect(ActionScheme.paper.mask(current: 4, bounds: bounds, floor: 4) == [0, 1, 1])
        #expect(ActionScheme.delta(2).mask(current: 5, bounds: bounds, floor: 4) == [0, 1, 1, 1, 0])
        #expect(ActionScheme.target.mask(current: 4, bounds: bounds, floor: 4) == [0, 0, 1, 1, 1])
        // Below it, on the way up.
        #expect(ActionScheme.paper.mask(current: 2, bounds: bounds, floor: 4) == [0, 1, 1])
    }

    @Test("The actions of need are as many, and open, whatever the bounds")
    func needsActionsAreOpen() {
        let one = WorkerBounds(min: 1, max: 1, initial: 1)
        for bounds in [bounds, one] {
            #expect(ActionScheme.need.count(bounds) == NeedActions.count)
            #expect(ActionScheme.need.mask(current: 1, bounds: bounds, floor: 1).allSatisfy { $0 == 1 })
        }
    }

    @Test func masksAreZeroWhereTheBoundsClip() {
        #expect(ActionScheme.paper.mask(current: 2, bounds: bounds) == [0, 1, 1])
        #expect(ActionScheme.paper.mask(current: 6, bounds: bounds) == [1, 1, 0])
        #expect(ActionScheme.delta(2).mask(current: 3, bounds: bounds) == [0, 1, 1, 1, 1])
        #expect(ActionScheme.target.mask(current: 3, bounds: bounds) == [1, 1, 1, 1, 1])
    }

    @Test("faas#931: with min = max = 1 no action leads to another number")
    func report3_noActionLeavesAFixedNumber() throws {
        let one = WorkerBounds(min: 1, max: 1, initial: 1)
        for scheme in [ActionScheme.paper, .delta(2), .target] {
            var process = try DecisionProcess(scenario: .small(workers: one), action: scheme)
            let count = scheme.count(one)
            #expect(process.actionSpace == .discrete(Space.Discrete(n: Int64(count))))
            var metrics = WindowMetrics()
            metrics.stages.first.workers.desired = 1
            process.begin(metrics)
            for action in 0..<count { #expect(one.clamp(process.staffing(for: PerStage(action)).first) == 1) }
            // Holding is the one thing that is never masked.
            #expect(scheme.mask(current: 1, bounds: one).reduce(0, +) == 1)
        }
    }
}
