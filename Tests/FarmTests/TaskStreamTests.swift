import Randomness
import Testing

@testable import Farm

struct TaskStreamTests {
    private func tasks(_ scenario: Scenario, seed: UInt64) -> [FarmTask] {
        TaskStream(scenario: scenario, seed: Seed(seed)).tasks
    }

    @Test(
        "One seed is one stream, two seeds are two",
        arguments: ["demo", "paper", "paper-as-run", "shuffled", "llm-code"])
    func determinism(name: String) throws {
        let scenario = try Scenario.preset(name)
        #expect(tasks(scenario, seed: 5) == tasks(scenario, seed: 5))
        #expect(tasks(scenario, seed: 5) != tasks(scenario, seed: 6))
    }

    @Test("What concerns the workers does not alter the tasks")
    func onlyTheTasks() throws {
        var other = try Scenario.preset("paper")
        other.stages.first.workers = WorkerBounds(min: 1, max: 2, initial: 1)
        other.stepSeconds = 1
        other.scaling = .unblocked
        #expect(tasks(other, seed: 5) == tasks(try Scenario.preset("paper"), seed: 5))
    }

    @Test("Tasks are numbered in the order of their generation, with ids of their own")
    func order() throws {
        let all = tasks(try Scenario.preset("demo"), seed: 3)
        #expect(all.map(\.index) == Array(0..<all.count))
        #expect(all.map(\.id) == (1...all.count).map { "task-\($0)" })
        #expect(all.map(\.generatedAt) == all.map(\.generatedAt).sorted())
        #expect(all.allSatisfy { $0.deadlineAt == $0.generatedAt + 1.5 && $0.payload == nil && $0.headers.isEmpty })
    }

    @Test("A bag's tasks have what they were given, and the rest from the scenario")
    func bag() throws {
        let lines = """
            {"id": "late", "at": 2, "payload": "text", "headers": {"X-A": "b"}, "deadline": 1}
            {"id": "given", "seconds": 0.25}
            {"id": "drawn"}
            {"id": "both", "payload": 5, "seconds": 1}
            """
        let all = tasks(.small(arrivals: .bag(try TaskBag(jsonLines: lines))), seed: 1)
        #expect(all.map(\.id) == ["given", "drawn", "both", "late"])
        #expect(all[0].serviceSeconds == 0.25)
        #expect(all[0].deadlineAt == 0.5)
        let drawn = try #require(all[1].serviceSeconds)
        #expect((0.1...2).contains(drawn))
        #expect(all[1].deadlineAt == min(max(2 * drawn, 0.5), 3))
        #expect(all[2].serviceSeconds == 1 && all[2].payload == Array("5".utf8))
        #expect(all[3].serviceSeconds == nil && all[3].payload == Array("text".utf8))
        #expect(all[3].headers == ["X-A": "b"] && all[3].generatedAt == 2 && all[3].deadlineAt == 3)
    }

    @Test("A draw for one task of a bag does not depend on what others were given")
    func bagDraws() throws {
        func drawn(_ first: String) throws -> Double? {
            tasks(.small(arrivals: .bag(try TaskBag(jsonLines: first + "\n{\"id\": \"x\"}"))), seed: 9).last?
                .serviceSeconds
        }
        #expect(try drawn("{}") == drawn("{\"seconds\": 1}"))
    }
}
