public import Randomness

/// Rows whose episodes are listened to. In all else they are the rows that they were made of.
///
/// Where a listener is awaited, a call returns after it has committed what the call has told it.
public class ObservedRows: EnvironmentRows {
    public let form: EnvironmentForm
    fileprivate let rows: any EnvironmentRows
    private let listeners: [any EpisodeListener]
    /// Whose episodes were over before the step.
    private var isOver: [Bool]
    /// Made for the listeners by the last call, and good for the reply too.
    private var infos: [[Value.Entry]?]
    private var finalInfos: [[Value.Entry]?]

    fileprivate init(_ rows: any EnvironmentRows, _ listeners: [any EpisodeListener]) {
        form = rows.form
        self.rows = rows
        self.listeners = listeners
        isOver = Array(repeating: false, count: rows.form.count)
        infos = Array(repeating: nil, count: rows.form.count)
        finalInfos = infos
    }

    /// The rows with listeners. Immediate ones stay immediate where no listener is to be awaited.
    public static func of(_ rows: any EnvironmentRows, _ listeners: [any EpisodeListener]) -> any EnvironmentRows {
        if listeners.isEmpty { return rows }
        if let immediate = rows.immediate, !listeners.contains(where: \.isAwaited) {
            return ImmediateObservedRows(immediate, listeners)
        }
        return ObservedRows(rows, listeners)
    }

    public var immediate: (any ImmediateRows)? { nil }

    public var seeds: [Seed] { rows.seeds }

    public nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        // Of a single environment a reset ends the episode, whatever comes of it.
        if !form.layout.isVector { await end() }
        do {
            try await rows.reset(seeds: seeds, mask: mask, options: options, into: buffers)
        } catch {
            // With a mask, the other rows' episodes go on.
            if mask == nil { await end() }
            throw error
        }
        tellReset(seeds, mask, options, buffers)
        await commit()
    }

    public nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        forget()
        do {
            try await rows.step(actions: actions, into: buffers)
        } catch {
            if (error as? EnvironmentError)?.endsEpisodes ?? true { await end() }
            throw error
        }
        tellStep(actions, buffers)
        await commit()
    }

    public func info(at index: Int) -> [Value.Entry] { infos[index] ?? rows.info(at: index) }
    public func finalInfo(at index: Int) -> [Value.Entry]? { finalInfos[index] ?? rows.finalInfo(at: index) }
    public func events(at index: Int) -> [Value] { rows.events(at: index) }

    public nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        try await rows.render(at: index, mode: mode)
    }

    public nonisolated(nonsending) func close() async {
        await end()
        await rows.close()
    }

    private nonisolated(nonsending) func end() async {
        tellEnd()
        await commit()
    }

    private nonisolated(nonsending) func commit() async {
        for listener in listeners where listener.isAwaited { await listener.commit() }
    }

    fileprivate func tellEnd() { for listener in listeners { listener.end() } }

    fileprivate func tellReset(
        _ given: [Seed?], _ mask: [Bool]?, _ options: [Value.Entry], _ buffers: RowBuffers
    ) {
        forget()
        for index in isOver.indices where mask?[index] ?? true {
            isOver[index] = false
            if form.infoDetail == .full { infos[index] = rows.info(at: index) }
        }
        let reset = ObservedReset(
            form: form, buffers: buffers, mask: mask, seeds: rows.seeds, isSeeded: given.map { $0 != nil },
            options: options, infos: infos)
        for listener in listeners { listener.begin(reset) }
    }

    fileprivate func tellStep(_ actions: UnsafeRawBufferPointer, _ buffers: RowBuffers) {
        guard buffers.rewards.allSatisfy(\.isFinite) else { return tellEnd() }
        let mode = form.layout.autoresetMode
        let hasFinal = mode == .sameStep && buffers.finalMask.contains(true)
        let hasBegun = hasFinal || mode == .nextStep && isOver.contains(true)
        for index in isOver.indices {
            let isEnd = mode != .sameStep && (buffers.terminations[index] || buffers.truncations[index])
            if form.infoDetail.tells(isEnd: isEnd) { infos[index] = rows.info(at: index) }
            if hasFinal, buffers.finalMask[index] { finalInfos[index] = rows.finalInfo(at: index) }
            isOver[index] = isEnd && mode == .nextStep
        }
        let step = ObservedStep(
            form: form, actions: actions, buffers: buffers, infos: infos, finalInfos: finalInfos,
            events: isOver.indices.map { rows.events(at: $0) }, seeds: hasBegun ? rows.seeds : [])
        for listener in listeners { listener.step(step) }
    }

    fileprivate func forget() {
        for index in infos.indices { infos[index] = nil }
        for index in finalInfos.indices { finalInfos[index] = nil }
    }
}

/// Immediate rows whose episodes are listened to.
private final class ImmediateObservedRows: ObservedRows, ImmediateRows {
    private let inner: any ImmediateRows

    init(_ rows: any ImmediateRows, _ listeners: [any EpisodeListener]) {
        inner = rows
        super.init(rows, listeners)
    }

    override var immediate: (any ImmediateRows)? { self }

    func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {
        if !form.layout.isVector { tellEnd() }
        do throws(EnvironmentError) {
            try inner.resetNow(seeds: seeds, mask: mask, options: options, into: buffers)
        } catch {
            if mask == nil { tellEnd() }
            throw error
        }
        tellReset(seeds, mask, options, buffers)
    }

    func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
        forget()
        do throws(EnvironmentError) {
            try inner.stepNow(actions: actions, into: buffers)
        } catch {
            if error.endsEpisodes { tellEnd() }
            throw error
        }
        tellStep(actions, buffers)
    }

    func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? {
        try inner.renderNow(at: index, mode: mode)
    }

    func closeNow() {
        tellEnd()
        inner.closeNow()
    }

    func use(_ team: ThreadTeam) { inner.use(team) }
}
