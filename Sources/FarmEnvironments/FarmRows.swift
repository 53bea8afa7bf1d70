public import Farm
public import Gymnasium
public import Randomness

/// Farms that run in real time as a Gymnasium environment: one, or several that step together.
///
/// All windows end at the same instants, those of one grid. It begins when all rows begin an episode together. A row that begins
/// one beside others that go on does so at a point of the grid, as soon as its workers are there; the others' windows are longer
/// by then. What a farm cannot do ends the episode of its row, and no other.
///
///     let rows = FarmRows(farms, process: process, form, renderMode: nil)
///     let buffers = RowBuffers(for: rows)
///     try await rows.reset(seeds: [Seed(1), Seed(2)], mask: nil, options: [], into: buffers)
public final class FarmRows: EnvironmentRows {
    public let form: EnvironmentForm
    private let mode: AutoresetMode
    private let time: WindowTime
    private let scenario: Scenario
    private let speed: Double
    private var rows: [FarmRow]
    private var grid: WindowGrid
    private var isClosed = false

    /// - Parameters:
    ///   - farms: of the process's scenario, one a row, all at one speed, and closed with the rows.
    ///   - process: of each row.
    ///   - form: whose layout has as many rows; what takes time and repeats itself is filled in.
    ///   - renderMode: the render mode there will be; for `rgb_array` the episodes' courses are kept.
    ///   - time: what windows are waited for with.
    public init(
        _ farms: [any AsyncFarm], process: DecisionProcess, _ form: EnvironmentForm, renderMode: String? = nil,
        time: WindowTime = .continuous
    ) {
        precondition(farms.count == form.count && !farms.isEmpty, "a farm for each row")
        scenario = process.scenario
        speed = farms[0].speed
        mode = form.layout.autoresetMode
        self.time = time
        rows = farms.map { FarmRow($0, process, FarmView(renderMode: renderMode)) }
        grid = WindowGrid(origin: time.now(), stepSeconds: scenario.stepSeconds, speed: speed)
        var form = form
        form.isReproducible = false
        form.expectedResetSeconds = farms.map(\.expectedResetSeconds).max() ?? 0
        form.expectedStepSeconds = FarmRows.expectedStepSeconds(scenario, speed: speed)
        // A step that resets waits for it, and for the grid.
        if mode != .disabled { form.expectedStepSeconds += form.expectedResetSeconds }
        self.form = form
    }

    public var seeds: [Seed] { rows.map(\.seeds.current) }

    /// Also a quick window takes some time.
    static let leastStepSeconds = 0.1

    /// A window of at most one and a half steps; where scaling is waited for, also the longest start, or a long task's end.
    private static func expectedStepSeconds(_ scenario: Scenario, speed: Double) -> Double {
        let scaling = scenario.scaling == .blocking ? scenario.stages.map(\.longestScaling).max() ?? 0 : 0
        return max((1.5 * scenario.stepSeconds + scaling) / speed, leastStepSeconds)
    }

    /// - Throws: ``EnvironmentError``: a reset has no options; or what the first farm says that cannot begin an episode.
    public nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        guard !isClosed else {
            throw EnvironmentError(.resetNeeded, "the farm's environment is closed; make a new one")
        }
        if let option = options.first {
            throw EnvironmentError(
                .badArgument(name: option.key), "a farm's reset has no options, got \"\(option.key)\"; leave it out")
        }
        clearFinal(buffers)
        let chosen = rows.indices.filter { mask?[$0] ?? true }
        for index in chosen {
            rows[index].reset()
            _ = rows[index].seeds.next(seeds[index])
        }
        var failures = try await each(chosen) { farm, _ in try await farm.prepare() }.failures
        if failures.isEmpty { failures = try await begin(chosen, at: try await origin(of: chosen)) }
        if let (index, error) = failures.min(by: { $0.key < $1.key }) {
            for index in chosen { rows[index].reset() }
            throw EnvironmentError(error, row: form.layout.isVector ? index : nil)
        }
        for index in chosen { write(nil, at: index, to: buffers) }
    }

    /// Asks for workers and lets a window pass. A farm that cannot go on truncates its row's episode, with `info["reason"]`;
    /// one that the autoreset mode cannot reset has an episode of one step, which does so.
    public nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        let over = rows.indices.filter { rows[$0].state == .over }
        guard mode == .nextStep || over.isEmpty, !rows.contains(where: { $0.state == .new }) else {
            throw EnvironmentError.overEpisode(of: form, row: rows.firstIndex { $0.state != .running } ?? 0)
        }
        clearFinal(buffers)
        let begun = time.now()
        let asked = rows.indices.map { over.contains($0) ? nil : rows[$0].staffing(for: actions, at: $0) }
        let able = rows.indices.filter { rows[$0].breakage == nil }
        let failures = try await each(able) { farm, index in
            if let staffing = asked[index] { try await farm.ask(for: staffing) } else { try await farm.prepare() }
        }.failures
        if over.count == rows.count {
            try await renew(over, failures, at: try await origin(of: over))
        } else {
            let window = windowEnd(from: begun, isWithResets: !over.isEmpty)
            try await time.sleep(window.due)
            let ready = able.filter { asked[$0] != nil && failures[$0] == nil }
            let closed = try await each(ready) { farm, _ in
                try await farm.closeWindow(due: window.due, isOverrun: window.isOverrun)
            }
            try await renew(over, failures, at: window.due)
            for index in rows.indices where asked[index] != nil {
                let passed = closed[index] ?? failures[index].map { .failure($0) }
                write(try take(passed, at: index), at: index, to: buffers)
            }
            if mode == .sameStep { try await renewEnded(buffers) }
        }
        for index in over {
            rows[index].records = []
            write(nil, at: index, to: buffers)
        }
    }

    public func info(at index: Int) -> [Value.Entry] { rows[index].process.info }
    public func finalInfo(at index: Int) -> [Value.Entry]? { rows[index].finalInfo }

    /// The tasks that ended in the last window.
    public func events(at index: Int) -> [Value] { rows[index].records.map(\.event) }

    /// Of the modes `ansi` and `rgb_array`; nil for all others, and before the first reset.
    public nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        rows[index].frame(mode: mode)
    }

    public nonisolated(nonsending) func close() async {
        guard !isClosed else { return }
        isClosed = true
        await withTaskGroup { group in
            for row in rows { group.addTask { [farm = row.farm] in await farm.close() } }
        }
    }

    // MARK: Windows

    private typealias Instant = ContinuousClock.Instant

    /// Calls the farms of some rows beside each other.
    ///
    /// - Returns: by row what came of it. Other errors than a farm's end all calls.
    private nonisolated(nonsending) func each<Answer: Sendable>(
        _ indices: [Int], _ call: @escaping @Sendable (any AsyncFarm, Int) async throws -> Answer
    ) async throws -> [Int: Result<Answer, FarmError>] {
        let farms = indices.map { (index: $0, farm: rows[$0].farm) }
        return try await withThrowingTaskGroup(of: (Int, Result<Answer, FarmError>).self) { group in
            for (index, farm) in farms {
                group.addTask {
                    do {
                        return (index, .success(try await call(farm, index)))
                    } catch let error as FarmError {
                        return (index, .failure(error))
                    }
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// When the windows end that began at an instant, now that everything is asked for.
    private func windowEnd(from begun: Instant, isWithResets: Bool) -> (due: Instant, isOverrun: Bool) {
        let (due, now) = (grid.end(ofWindowFrom: begun), time.now())
        if now <= due { return (due, false) }
        return isWithResets ? (grid.point(notBefore: now), false) : (due, scenario.scaling == .blocking)
    }

    /// When episodes begin whose workers are there: at a point of the grid where others go on; otherwise now, with a new grid.
    private nonisolated(nonsending) func origin(of chosen: [Int]) async throws -> Instant {
        if rows.indices.contains(where: { rows[$0].state == .running && !chosen.contains($0) }) {
            let point = grid.point(notBefore: time.now())
            try await time.sleep(point)
            return point
        }
        grid = WindowGrid(origin: time.now(), stepSeconds: scenario.stepSeconds, speed: speed)
        return grid.origin
    }

    /// Begins episodes with the seeds in force.
    ///
    /// - Returns: by row, what kept it from that.
    private nonisolated(nonsending) func begin(_ indices: [Int], at origin: Instant) async throws -> [Int: FarmError] {
        let seeds = seeds
        let begun = try await each(indices) { try await $0.begin(seed: seeds[$1], at: origin) }
        for (index, metrics) in begun { (try? metrics.get()).map { rows[index].begin($0) } }
        return begun.failures
    }

    /// Begins the next episodes of rows, by the autoreset mode, but of those whose farm could not be prepared.
    private nonisolated(nonsending) func renew(
        _ indices: [Int], _ unprepared: [Int: FarmError], at origin: Instant
    ) async throws {
        for index in indices { _ = rows[index].seeds.next(nil) }
        let failures = try await begin(indices.filter { unprepared[$0] == nil }, at: origin)
        for index in indices {
            guard let error = failures[index] ?? unprepared[index] else { continue }
            rows[index].begin(without: error)
        }
    }

    /// In the mode `sameStep`: keeps how episodes have ended, and begins the next ones.
    private nonisolated(nonsending) func renewEnded(_ buffers: RowBuffers) async throws {
        let ended = rows.indices.filter { rows[$0].state == .over }
        guard !ended.isEmpty else { return }
        for index in ended {
            buffers.finalObservation(at: index).copyMemory(
                from: UnsafeRawBufferPointer(buffers.observation(at: index)))
            buffers.finalMask[index] = true
            if form.infoDetail != .none { rows[index].finalInfo = rows[index].process.info }
        }
        let unprepared = try await each(ended) { farm, _ in try await farm.prepare() }.failures
        try await renew(ended, unprepared, at: try await origin(of: ended))
        for index in ended { rows[index].write(at: index, to: buffers, masks: form.actionMaskCount > 0) }
    }

    // MARK: Rows

    /// A farm that has gone away ends the episode, and not the agent's program.
    ///
    /// - Parameter passed: nil where the farm could not begin the episode.
    private func take(_ passed: Result<FarmWindow, FarmError>?, at index: Int) throws -> DecisionProcess.Outcome {
        if case .failure(let error) = passed, error.kind != .unavailable, !form.layout.isVector {
            rows[index].state = .over
            throw EnvironmentError(error)
        }
        return rows[index].take(passed)
    }

    /// - Parameter outcome: nil for an episode that has begun.
    private func write(_ outcome: DecisionProcess.Outcome?, at index: Int, to buffers: RowBuffers) {
        rows[index].write(at: index, to: buffers, masks: form.actionMaskCount > 0)
        guard let outcome else { return buffers.put(at: index) }
        buffers.put(reward: outcome.reward, terminated: outcome.terminated, truncated: outcome.truncated, at: index)
    }

    private func clearFinal(_ buffers: RowBuffers) {
        if mode == .sameStep { buffers.clearFinals { rows[$0].finalInfo = nil } }
    }
}

extension Stage {
    /// What a step that waits for its scaling may wait here, in seconds: a start, or a long task's end.
    fileprivate var longestScaling: Double { max(startUp.longest, min(service.max, 4 * service.mean)) }
}

/// What windows are waited for with: the clock, or a test's.
public struct WindowTime: Sendable {
    let now: @Sendable () -> ContinuousClock.Instant
    let sleep: @Sendable (ContinuousClock.Instant) async throws -> Void

    /// - Parameter sleep: returns at the instant, or at once when it has passed; throws when the task is cancelled.
    public init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The clock of the machine.
    public static let continuous = WindowTime(now: { .now }) {
        try await Task.sleep(until: $0, tolerance: .zero, clock: .continuous)
    }
}

/// What a farm could do.
private protocol FarmAnswer {
    var failure: FarmError? { get }
}

extension Result: FarmAnswer where Failure == FarmError {
    fileprivate var failure: FarmError? { if case .failure(let error) = self { error } else { nil } }
}

extension Dictionary where Key == Int, Value: FarmAnswer {
    fileprivate var failures: [Int: FarmError] { compactMapValues(\.failure) }
}
