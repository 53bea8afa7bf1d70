import Farm
import Logging
import Randomness
import Synchronization
import Testing

@testable import LiveFarm

@Suite("Pools that are lent to farms", .timeLimit(.minutes(1)))
struct FarmPoolsTests {
    private let logger = Logger(label: "test")
    private final class Made: Sendable {
        let fakes = Mutex<[FakePlatform]>([])
    }

    private let made = Made()

    private func pools(
        _ count: Int, failing: Set<Int> = [], patience: Duration = .seconds(5)
    ) -> FarmPools {
        let fakes = (0..<count).map { FakePlatform(units: 1, of: failing.contains($0) ? -1 : 1) }
        made.fakes.withLock { $0 = fakes }
        return FarmPools(
            name: "fake",
            pools: fakes.map { fake in
                FarmPool { _, _, _ in FarmWorkers(scaler: Opening(fake: fake), invoker: fake) }
            }, leastIdle: .milliseconds(1), patience: patience)
    }

    /// Cannot be opened when the fake's count is negative.
    private struct Opening: WorkerScaler {
        let fake: FakePlatform

        var form: WorkerForm { fake.form }
        func open() async throws(FarmError) -> WorkersFound {
            if fake.state.withLock({ $0.counts[0] ?? 0 }) < 0 { throw FarmError(.unavailable, "it is not there") }
            return try await fake.open()
        }
        func ask(_ unit: Int, for count: Int) async -> ScalingAnswer { await fake.ask(unit, for: count) }
        func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight? { try await fake.look(at: unit) }
        func release() async { await fake.release() }
    }

    private func several(_ count: Int) -> [Scenario] { Array(repeating: FakePlatform.scenario(), count: count) }

    @Test("Several farms get a pool each, in one call, and a further one is told that all are in use")
    func several() async throws {
        let pools = pools(4)
        let farms = try await pools.open(several(4), speed: 1, logger: logger)
        for farm in farms { _ = try await farm.reset(seed: Seed(1)) }
        #expect(made.fakes.withLock { $0.allSatisfy { $0.state.withLock { $0.asked == [2] } } })
        let error = await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(1), speed: 1, logger: logger)
        }
        #expect(error?.kind == .busy)
        for farm in farms { await farm.close() }
        let again = try await pools.open(several(4), speed: 1, logger: logger)
        for farm in again { await farm.close() }
    }

    @Test("Where one farm cannot be opened or too few pools are free there is none, and every pool is free again")
    func allOrNone() async throws {
        let pools = pools(3, failing: [1])
        let error = await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(3), speed: 1, logger: logger)
        }
        #expect(error?.description == "it is not there")
        #expect(made.fakes.withLock { $0.map { $0.state.withLock { $0.isReleased } } } == [true, false, true])
        made.fakes.withLock { $0[1].state.withLock { $0.counts = [1] } }
        let one = try await pools.open(several(1), speed: 1, logger: logger)[0]
        let few = await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(3), speed: 1, logger: logger)
        }
        #expect(
            few?.kind == .busy && few?.description.contains("2 of the 3 pools of the backend \"fake\" are free") == true
        )
        let many = await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(4), speed: 1, logger: logger)
        }
        #expect(many?.kind == .unsupported(argument: "num_envs"))
        #expect(many?.description.contains("4 live farms need a pool each, and the backend \"fake\" has 3") == true)
        await one.close()
        for farm in try await pools.open(several(3), speed: 1, logger: logger) { await farm.close() }
    }

    @Test("A user's idle farms are taken over when that is asked for, as many as are needed")
    func takeOver() async throws {
        let pools = pools(2)
        let left = try await pools.open(several(2), speed: 1, user: "me", logger: logger)
        await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(2), speed: 1, user: "me", logger: logger)
        }
        await #expect(throws: FarmError.self) {
            _ = try await pools.open(several(2), speed: 1, user: "you", takesOver: true, logger: logger)
        }
        let farms = try await pools.open(several(2), speed: 1, user: "me", takesOver: true, logger: logger)
        let error = await #expect(throws: FarmError.self) { _ = try await left[0].reset(seed: Seed(1)) }
        #expect(error?.description.contains("took the farm over") == true)
        for farm in farms { await farm.close() }
    }

    @Test("Farms that were opened together are let alone together, and taken over together")
    func together() async throws {
        let pools = pools(2, patience: .milliseconds(50))
        let left = try await pools.open(several(2), speed: 1, user: "me", logger: logger)
        // In use until its episode has begun.
        try await left[0].prepare()
        let error = await #expect(throws: FarmError.self) {
            _ = try await pools.open(
                several(1), speed: 1, user: "me", takesOver: true, logger: logger)
        }
        #expect(error?.description.contains("none of yours is idle") == true)
        _ = try await left[0].begin(seed: Seed(1), at: .now)
        let one = try await pools.open(several(1), speed: 1, user: "me", takesOver: true, logger: logger)[0]
        for farm in left { await #expect(throws: FarmError.self) { try await farm.prepare() } }
        await one.close()
    }
}
