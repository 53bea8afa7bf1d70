import Farm
import Randomness
import Testing

@Suite struct TaskTapeTests {
    @Test("A tape has the tasks of the stream, to the last bit", arguments: Scenario.presetNames)
    func tasks(name: String) throws {
        var scenario = try Scenario.preset(name)
        if case .trace(var trace) = scenario.arrivals {
            trace.counts = Array(trace.counts.prefix(60))
            scenario.arrivals = .trace(trace)
        }
        let stream = TaskStream(scenario: scenario, seed: Seed(3)).tasks
        let tape = TaskTape(scenario, seed: Seed(3))
        #expect(tape.isComplete)
        #expect(tape.tasks.map(\.arrival) == stream.map(\.generatedAt))
        #expect(tape.tasks.map { $0.service } == stream.compactMap(\.serviceSeconds))
        #expect(tape.tasks.map(\.deadline) == stream.map(\.deadlineAt))
    }

    @Test("A bag's own times count")
    func bag() throws {
        let bag = try TaskBag(jsonLines: #"{"at": 1, "seconds": 4, "deadline": 7}"# + "\n" + #"{"at": 2}"#)
        let scenario = Scenario(
            name: "bag", arrivals: .bag(bag), service: ServiceTime(.constant(3)),
            deadline: DeadlineRule(factor: 2, min: 0, max: 100), workers: WorkerBounds(min: 1, max: 2, initial: 1),
            stepSeconds: 1, steps: 5)
        let tape = TaskTape(scenario, seed: Seed(1))
        #expect(tape.tasks[0] == TapeTask(arrival: 1, service: 4, deadline: 8))
        #expect(tape.tasks[1] == TapeTask(arrival: 2, service: 3, deadline: 8))
        #expect(tape.longestDeadline == 7 && tape.longestService == 4)
    }

    @Test("At its limit a tape is no longer complete")
    func limit() throws {
        let tape = TaskTape(try .preset("demo"), seed: Seed(1), limit: 33)
        #expect(tape.tasks.count == 64 && !tape.isComplete)
    }
}
