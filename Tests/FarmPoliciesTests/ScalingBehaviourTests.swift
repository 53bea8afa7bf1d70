import Farm
import FarmPolicies
import Testing

/// Through policies that have it, whose decisions are put into effect.
@Suite struct ScalingBehaviourTests {
    private let bounds = WorkerBounds(min: 1, max: 1_000, initial: 4)

    /// Numbers asked for while the tasks in the farm are `tasks`, one window after the other.
    private func follow(
        _ policy: String, _ tasks: [Int], from workers: Int, step: Double = 5, bounds: WorkerBounds? = nil
    ) throws -> [Int] {
        var policy = try PolicyCatalogue.policy(policy)
        policy.begin(.plain(workers: bounds ?? self.bounds, step: step))
        var current = workers
        return tasks.enumerated().map { index, count in
            let time = Double(index + 1) * step
            let metrics = WindowMetrics.window(workers: current, at: time) { $0.stages.first.queueLength = count }
            current = (bounds ?? self.bounds).clamp(policy.staffing(after: metrics).first)
            return current
        }
    }

    @Test("within a period it doubles, or adds four if that is more")
    func up() throws {
        // Steps of 5 s, a period of 15 s: three decisions share one allowance.
        #expect(try follow("queue-length", Array(repeating: 100, count: 7), from: 10) == [20, 20, 20, 40, 40, 40, 80])
        #expect(try follow("queue-length", Array(repeating: 100, count: 4), from: 1) == [5, 5, 5, 10])
        #expect(try follow("queue-length", [100, 100], from: 10, step: 20) == [20, 40])
        #expect(try follow("queue-length:up-workers=30,up-percent=0", [100, 100], from: 10) == [40, 40])
        #expect(try follow("queue-length:up-percent=100000", [100], from: 10) == [100])
    }

    @Test("the highest need of the stabilisation window keeps workers, the number at the beginning too")
    func stabilisation() throws {
        let policy = "queue-length:stabilisation=15,period=0"
        #expect(try follow(policy, [8, 8, 2, 2, 2, 2], from: 10) == [10, 10, 10, 8, 2, 2])
        #expect(try follow("queue-length", Array(repeating: 2, count: 62), from: 10).suffix(3) == [10, 2, 2])
        #expect(try follow("queue-length:stabilisation=0", [2], from: 10) == [2])
    }

    @Test("a limit of removed workers holds within a period")
    func down() throws {
        let policy = "queue-length:stabilisation=0,down-workers=3"
        #expect(try follow(policy, Array(repeating: 2, count: 7), from: 10) == [7, 7, 7, 4, 4, 4, 2])
    }

    @Test("what bounds cut off is no change")
    func cutOff() throws {
        let narrow = WorkerBounds(min: 1, max: 12, initial: 10)
        #expect(try follow("queue-length", [100, 100, 2], from: 10, bounds: narrow) == [12, 12, 12])
        let one = WorkerBounds(min: 3, max: 3, initial: 3)
        #expect(try follow("queue-length", [0, 100, 0], from: 3, bounds: one) == [3, 3, 3])
    }
}
