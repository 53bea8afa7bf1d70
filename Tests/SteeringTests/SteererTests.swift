import Farm
import Logging
import Synchronization
import Testing

@testable import Steering

/// The loop with a platform, a source and a policy that do what a test says.
@Suite struct SteererTests {
    /// All four of them; what is not set fails.
    private final class World: LoadSource, WorkerSetter, Recommender, DecisionJournal {
        struct State {
            var asks: [Int] = []
            var workers = 3
            var decisions: [SteeringDecision] = []
            var outcomes: [SteeringDecision.Outcome] = []
            var memory: SteeringMemory?
            var isFull = false
            var answers: @Sendable (Int) async throws -> Int = { _ in 5 }
            var questions = 0
        }

        let state = Mutex(State())
        var name: String { "world" }
        var absences: MetricAbsences { [] }
        var digest: String { "d1" }

        func read() async throws(SteeringFailure) -> Sighting {
            var sighting = Sighting(time: 1_000, seconds: 1)
            sighting.arrivals = 1
            return sighting
        }

        func look() async throws(SteeringFailure) -> WorkersSeen {
            state.withLock { WorkersSeen(time: 1_000, asked: $0.workers, ready: $0.workers) }
        }

        func ask(for count: Int) async throws(SteeringFailure) -> WorkersSeen? {
            state.withLock { state in
                state.asks.append(count)
                state.workers = count
                return WorkersSeen(time: 1_000, asked: count, ready: count)
            }
        }

        func recommend(after metrics: WindowMetrics) async throws -> Int {
            let (answers, question) = state.withLock { state in
                state.questions += 1
                return (state.answers, state.questions)
            }
            return try await answers(question)
        }

        func record(_ decision: SteeringDecision, _ memory: SteeringMemory) async throws(SteeringFailure) {
            let isFull = state.withLock { state in
                if !state.isFull { state.decisions.append(decision) }
                state.memory = memory
                return state.isFull
            }
            if isFull { throw SteeringFailure("the disk is full") }
        }

        func complete(_: String, _: Int, _ outcome: SteeringDecision.Outcome) async throws(SteeringFailure) {
            state.withLock { $0.outcomes.append(outcome) }
        }

        func last(of _: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)? {
            state.withLock { state in state.memory.map { (state.decisions.last?.number ?? 0, $0) } }
        }
    }

    private func settings() -> SteeringSettings {
        var settings = SteeringSettings(function: "resize")
        (settings.period, settings.patience, settings.holdDown) = (0.05, 0.03, 0)
        return settings
    }

    /// Steers until so many decisions are on the board.
    private func steer(
        _ world: World, mode: SteeringDecision.Mode = .steer, fallback: (any Recommender)? = nil, decisions: Int
    ) async throws -> SteeringBoard {
        let board = SteeringBoard()
        let steerer = Steerer(
            .init(
                settings: settings(), source: world, setter: world, policy: world, fallback: fallback, journal: world,
                mode: mode), board: board, logger: Logger(label: "test"), now: { 1_000 })
        let changes = board.changes()
        let run = Task { try await steerer.run() }
        var count = 0
        for await _ in changes {
            count += 1
            if count == decisions { break }
        }
        run.cancel()
        _ = try? await run.value
        return board
    }

    @Test(.timeLimit(.minutes(1))) func writesDownBeforeItAsks() async throws {
        let world = World()
        let board = try await steer(world, decisions: 3)
        let state = world.state.withLock { $0 }
        #expect(state.asks == [5])
        #expect(state.decisions.count >= 3 && state.decisions.first?.asked == 5)
        guard case .applied? = state.outcomes.first else {
            Issue.record("the first outcome is \(String(describing: state.outcomes.first))")
            return
        }
        #expect(state.outcomes.dropFirst().allSatisfy { $0 == .unchanged })
        #expect(try board.entry("resize")?.number(at: 1_001) == 5)
    }

    @Test(.timeLimit(.minutes(1))) func asksForNothingThatIsNotWrittenDown() async throws {
        let world = World()
        world.state.withLock { $0.isFull = true }
        _ = try await steer(world, decisions: 2)
        #expect(world.state.withLock { $0.asks } == [])
    }

    @Test(.timeLimit(.minutes(1))) func adviceAsksForNothing() async throws {
        let world = World()
        _ = try await steer(world, mode: .advise, decisions: 3)
        let state = world.state.withLock { $0 }
        #expect(state.asks == [])
        #expect(state.outcomes.allSatisfy { $0 == .advised } && !state.outcomes.isEmpty)
    }

    /// Waits and hears no cancellation.
    private final class Hang: Sendable {
        private let waiting = Mutex<CheckedContinuation<Int, Never>?>(nil)

        func wait() async -> Int {
            await withCheckedContinuation { continuation in waiting.withLock { $0 = continuation } }
        }

        func end() { waiting.withLock { $0.take() }?.resume(returning: 0) }
    }

    private struct Four: Recommender {
        let name = "four"
        let digest = "d2"
        func recommend(after _: WindowMetrics) async throws -> Int { 4 }
    }

    @Test(.timeLimit(.minutes(1))) func aPolicyThatHangsLosesTheFunctionInItsFirstPeriod() async throws {
        let world = World()
        let hang = Hang()
        world.state.withLock { $0.answers = { _ in await hang.wait() } }
        defer { hang.end() }
        let board = try await steer(world, fallback: Four(), decisions: 2)
        let state = world.state.withLock { $0 }
        #expect(state.decisions.prefix(2).map(\.author) == [.fallback, .fallback])
        #expect(state.asks == [4])
        // It is not asked a second time while it hangs.
        #expect(state.questions == 1)
        #expect(board.entry("resize")?.isOnFallback == true)
    }

    @Test(.timeLimit(.minutes(1))) func aPolicyThatThrowsLosesTheFunction() async throws {
        let world = World()
        world.state.withLock { $0.answers = { _ in throw SteeringFailure("no idea") } }
        _ = try await steer(world, fallback: Four(), decisions: 1)
        let decision = try #require(world.state.withLock { $0.decisions.first })
        #expect(decision.author == .fallback && decision.fault == "no idea" && decision.asked == 4)
    }

    @Test(.timeLimit(.minutes(1))) func goesOnWhereAnEarlierProgramStopped() async throws {
        let world = World()
        _ = try await steer(world, decisions: 1)
        let first = world.state.withLock { $0.decisions.count }
        world.state.withLock { $0.workers = 1 }
        _ = try await steer(world, decisions: 1)
        let state = world.state.withLock { $0 }
        #expect(state.decisions[first].before == 5)
        #expect(state.decisions.map(\.number) == Array(1...state.decisions.count))
        // The platform has lost four of them; it is told again.
        #expect(state.asks == [5, 5])
    }

    @Test func aBoardGivesNoNumberThatNobodyStandsFor() throws {
        var course = SteeringCourse(settings(), memory: SteeringMemory(mode: .steer), number: 0)
        var input = SteeringCourse.Input(
            time: 1_000, sighting: Sighting(time: 1_000, seconds: 1), answer: .failure(SteeringFailure("hangs")))
        func number(_ decision: SteeringDecision, at now: Double) throws -> Int {
            try SteeringBoard.Entry(
                settings: settings(), policy: "p", fallback: nil, source: "s", decision: decision,
                metrics: WindowMetrics(), mode: .steer, pause: nil, isOnFallback: true
            ).number(at: now)
        }
        let failed = course.decide(input)
        #expect(throws: SteeringFailure.self) { try number(failed, at: 1_000) }
        input.fallback = 4
        let fallen = course.decide(input)
        #expect(try number(fallen, at: 1_029) == 4)
        #expect(throws: SteeringFailure.self) { try number(fallen, at: 1_031) }
    }
}
