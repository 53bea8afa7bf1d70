import Farm
import FarmEnvironments
import Gymnasium
import Randomness
import Synchronization
import Testing

/// Windows of two seconds.
@Suite("Farms that step together", .timeLimit(.minutes(1)))
struct FarmRowsTests {
    private typealias Script = [Int: Result<FarmEnd?, FarmError>]

    /// Rows over scripted farms, and what they left in the buffers.
    private final class Rows {
        let time = SteppedTime()
        let origin: ContinuousClock.Instant
        let farms: [ScriptedFarm]
        let rows: FarmRows
        let buffers: RowBuffers

        init(
            _ scripts: [Script], _ mode: AutoresetMode, _ detail: InfoDetail = .full, scenario: Scenario = .small(),
            onPrepare: @escaping @Sendable (SteppedTime, _ row: Int, _ resets: Int) throws -> Void = { _, _, _ in }
        ) throws {
            let time = time
            origin = time.now
            farms = scripts.enumerated().map { row, script in
                ScriptedFarm(scenario, script: script) { try onPrepare(time, row, $0) }
            }
            let process = try DecisionProcess(scenario: scenario)
            let form = EnvironmentForm(
                spec: EnvironmentSpec(id: "farms", description: ""), observationSpace: process.observationSpace,
                actionSpace: process.actionSpace, layout: .vector(count: scripts.count, mode), infoDetail: detail,
                actionMaskCount: process.actionCount)
            rows = FarmRows(farms, process: process, form, time: time.window)
            buffers = RowBuffers(for: rows)
        }

        func reset(_ mask: [Bool]? = nil) async throws {
            try await rows.reset(
                seeds: farms.indices.map { Seed(UInt64($0)) }, mask: mask, options: [], into: buffers)
        }

        func step(_ action: Int64 = 2) async throws {
            let actions = farms.map { _ in action.littleEndian }
            // A pointer that outlives the call, as hosts have.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * actions.count, alignment: 8)
            defer { copy.deallocate() }
            actions.withUnsafeBytes { copy.copyMemory(from: $0) }
            try await rows.step(actions: UnsafeRawBufferPointer(copy), into: buffers)
        }

        /// When each farm's windows were to end, in seconds.
        var dues: [[Double]] { farms.map { $0.log.withLock { seconds($0.dues) } } }
        var origins: [[Double]] { farms.map { $0.log.withLock { seconds($0.origins) } } }
        var truncations: [Bool] { Array(buffers.truncations) }
        var terminations: [Bool] { Array(buffers.terminations) }
        func info(_ row: Int, _ key: String) -> Value? { rows.info(at: row).first { $0.key == key }?.value }

        private func seconds(_ instants: [ContinuousClock.Instant]) -> [Double] {
            instants.map { ($0 - origin) / .seconds(1) }
        }
    }

    @Test("All windows end at the instants of one grid, and a late decision skips a point")
    func grid() async throws {
        let farms = try Rows([[:], [:], [:]], .disabled) { time, row, _ in if row == 1 { time.pass(5) } }
        try await farms.reset()
        #expect(farms.origins == [[5], [5], [5]])
        try await farms.step()
        farms.time.pass(0.9)
        try await farms.step(4)
        farms.time.pass(1.1)
        try await farms.step()
        #expect(farms.dues == Array(repeating: [7, 9, 13], count: 3))
        #expect(farms.farms.allSatisfy { $0.log.withLock(\.desired) == [4, 6, 6] })
        #expect(Array(farms.buffers.actionMask(at: 2)) == [1, 1, 1, 1, 1])
        #expect(farms.rows.events(at: 2).count == 1)
        #expect(farms.farms.map { $0.log.withLock(\.seeds) } == [[Seed(0)], [Seed(1)], [Seed(2)]])
    }

    @Test("nextStep: a row resets beside the others' windows, which last until it begins, on the grid")
    func nextStep() async throws {
        let farms = try Rows([[:], [1: .success(.finished)]], .nextStep) { time, _, resets in
            if resets == 2 { time.pass(3) }
        }
        try await farms.reset()
        try await farms.step()
        #expect(farms.terminations == [false, true] && farms.info(1, "reason") == "finished")
        try await farms.step(4)
        #expect(farms.terminations == [false, false] && farms.buffers.rewards[1] == 0)
        #expect(farms.dues == [[2, 6], [2]] && farms.origins == [[0], [0, 6]])
        #expect(farms.info(1, "totals")?["emitted"] == 0 && farms.rows.events(at: 1).isEmpty)
        try await farms.step()
        #expect(farms.dues == [[2, 6, 8], [2, 8]])
        #expect(farms.farms[1].log.withLock(\.desired) == [4, 4])
        // Both follow from the seed given, as those of one farm do.
        let seeds = farms.farms[1].log.withLock(\.seeds)
        #expect(seeds.count == 2 && seeds[0] == Seed(1) && farms.rows.seeds == [Seed(0), seeds[1]])
    }

    @Test("nextStep: where all rows reset there is a new grid, and nobody waits for the old one")
    func newGrid() async throws {
        let farms = try Rows([[1: .success(.horizon)], [1: .success(.horizon)]], .nextStep) { time, _, resets in
            if resets == 2 { time.pass(0.2) }
        }
        try await farms.reset()
        try await farms.step()
        try await farms.step()
        #expect(farms.origins == [[0, 2.4], [0, 2.4]] && farms.truncations == [false, false])
        try await farms.step()
        #expect(farms.dues == [[2, 4.4], [2, 4.4]])
    }

    @Test("sameStep: the end is kept apart, and the next episode begins on the grid before the reply")
    func sameStep() async throws {
        let farms = try Rows([[:], [2: .success(.finished)]], .sameStep, .ends) { time, _, resets in
            if resets == 2 { time.pass(0.5) }
        }
        try await farms.reset()
        try await farms.step()
        let before = Array(farms.buffers.observation(at: 1))
        try await farms.step(4)
        #expect(farms.terminations == [false, true] && Array(farms.buffers.finalMask) == [false, true])
        #expect(Array(farms.buffers.finalObservation(at: 1)) != Array(farms.buffers.observation(at: 1)))
        #expect(farms.rows.finalInfo(at: 1)?.first { $0.key == "reason" }?.value == "finished")
        #expect(farms.rows.finalInfo(at: 0) == nil)
        #expect(farms.rows.events(at: 1).count == 1, "of the episode that ended")
        #expect(farms.dues == [[2, 4], [2, 4]] && farms.origins == [[0], [0, 6]])
        try await farms.step()
        #expect(farms.dues == [[2, 4, 8], [2, 4, 8]])
        #expect(Array(farms.buffers.finalMask) == [false, false] && farms.rows.finalInfo(at: 1) == nil)
        #expect(Array(farms.buffers.finalObservation(at: 1)).allSatisfy { $0 == 0 } && before.count > 0)
    }

    @Test("disabled: a row that is over waits for a reset with a mask, which begins it on the others' grid")
    func disabled() async throws {
        let farms = try Rows([[:], [1: .success(.horizon)], [:]], .disabled)
        try await farms.reset()
        try await farms.step()
        #expect(farms.truncations == [false, true, false])
        let error = await #expect(throws: EnvironmentError.self) { try await farms.step() }
        #expect(error?.reason == .resetNeeded && error?.row == 1)
        farms.time.pass(0.5)
        let other = Array(farms.buffers.observation(at: 0))
        try await farms.reset([false, true, false])
        #expect(farms.origins == [[0], [0, 4], [0]] && farms.truncations == [false, false, false])
        #expect(Array(farms.buffers.observation(at: 0)) == other)
        try await farms.step()
        #expect(farms.dues == [[2, 6], [2, 6], [2, 6]])
    }

    @Test(
        "A farm that breaks ends its row's episode with the reason, and no other",
        arguments: [FarmError.Kind.unavailable, .inconsistent])
    func broken(kind: FarmError.Kind) async throws {
        let farms = try Rows([[:], [2: .failure(FarmError(kind, "gone"))], [2: .success(.broken("lost"))]], .disabled)
        try await farms.reset()
        try await farms.step()
        try await farms.step()
        #expect(farms.truncations == [false, true, true] && farms.terminations == [false, false, false])
        #expect(farms.info(1, "reason") == "gone" && farms.info(2, "reason") == "lost")
        #expect(farms.info(0, "reason") == nil && farms.info(0, "stale") == false)
    }

    @Test(
        "A row that cannot be reset any more has episodes of one step; the others go on",
        arguments: [AutoresetMode.nextStep, .sameStep])
    func gone(mode: AutoresetMode) async throws {
        let farms = try Rows([[:], [1: .success(.broken("gone"))]], mode) { _, row, resets in
            if row == 1, resets > 1 { throw FarmError(.unavailable, "still gone") }
        }
        try await farms.reset()
        try await farms.step()
        #expect(farms.truncations == [false, true])
        if mode == .nextStep {
            try await farms.step()
            #expect(farms.truncations == [false, false])
        }
        try await farms.step()
        #expect(farms.truncations == [false, true])
        let info = mode == .sameStep ? farms.rows.finalInfo(at: 1) : farms.rows.info(at: 1)
        #expect(info?.first { $0.key == "reason" }?.value == "still gone")
        #expect(farms.dues[0].count == (mode == .nextStep ? 3 : 2) && farms.dues[1].count == 1)
    }

    @Test("A reset that fails names its row, and no row of it has an episode then")
    func failedReset() async throws {
        let farms = try Rows([[:], [:], [:]], .nextStep) { _, row, resets in
            if row == 1, resets == 1 { throw FarmError(.unavailable, "not there") }
        }
        let error = await #expect(throws: EnvironmentError.self) { try await farms.reset() }
        #expect(error?.reason == .backendUnavailable && error?.row == 1)
        #expect(error?.message == "sub-environment 1: not there")
        #expect(farms.origins == [[], [], []])
        await #expect(throws: EnvironmentError.self) { try await farms.step() }
        try await farms.reset()
        try await farms.step()
    }

    @Test("Where scaling is waited for, all windows end together when the last is there")
    func overrun() async throws {
        var scenario = Scenario.small()
        scenario.scaling = .blocking
        let farms = try Rows([[:], [:]], .disabled, scenario: scenario)
        try await farms.reset()
        farms.farms[1].onAsk.withLock { [time = farms.time] in $0 = { time.pass(3) } }
        try await farms.step()
        #expect(farms.dues == [[2], [2]] && farms.farms.allSatisfy { $0.log.withLock(\.overruns) == 1 })
        farms.farms[1].onAsk.withLock { $0 = nil }
        try await farms.step()
        #expect(farms.dues == [[2, 4], [2, 4]])
    }

    @Test("A step that waits ends at once when it is cancelled, and closing closes every farm once")
    func cancelled() async throws {
        let scenario = Scenario.small()
        let farms = (0..<3).map { _ in ScriptedFarm(scenario) }
        let task = Task {
            let process = try DecisionProcess(scenario: scenario)
            let rows = FarmRows(
                farms, process: process,
                EnvironmentForm(
                    spec: EnvironmentSpec(id: "farms", description: ""), observationSpace: process.observationSpace,
                    actionSpace: process.actionSpace, layout: .vector(count: 3, .nextStep)))
            let buffers = RowBuffers(for: rows)
            try await rows.reset(seeds: [nil, nil, nil], mask: nil, options: [], into: buffers)
            let actions = UnsafeMutableRawBufferPointer.allocate(byteCount: 24, alignment: 8)
            actions.initializeMemory(as: UInt8.self, repeating: 0)
            defer { actions.deallocate() }
            do {
                try await rows.step(actions: UnsafeRawBufferPointer(actions), into: buffers)
            } catch {
                await rows.close()
                throw error
            }
        }
        while !farms.allSatisfy({ $0.log.withLock { !$0.desired.isEmpty } }) { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(farms.allSatisfy { $0.log.withLock { $0.closes == 1 && $0.dues.isEmpty } })
    }
}
