public import Randomness

/// Environments of one kind that step together, as rows of buffers that the caller owns. A single environment is one row.
///
/// This is what a server hosts, an agent learns on, and a recording listens to; all else about an environment is behind it.
/// Steps may take seconds: of a live farm, or of something elsewhere. What needs no time is ``ImmediateRows``.
///
/// Calls come one at a time, the first one a reset of all rows. They run on the caller's executor, and return early, throwing
/// `CancellationError`, when the calling task is cancelled. ``close()`` is called once, last, and always.
///
///     let rows = try await registry.make("faasfarm/Farm-v0", arguments, .vector(count: 4, .nextStep))
///     let buffers = RowBuffers(for: rows)
///     try await rows.reset(seeds: [Seed(1), Seed(2), Seed(3), Seed(4)], mask: nil, options: [], into: buffers)
///     let actions: [Int64] = [0, 1, 2, 1]
///     // ... bytes of actions, which live until the call returns:
///     try await rows.step(actions: bytes, into: buffers)
///     print(buffers.rewards[2])
///     await rows.close()
public protocol EnvironmentRows: AnyObject {
    var form: EnvironmentForm { get }

    /// Itself, where it is immediate; nil where its calls are to be awaited.
    var immediate: (any ImmediateRows)? { get }

    /// The seeds in force, one for each row.
    var seeds: [Seed] { get }

    /// Begins episodes. Rewards and flags of their rows become 0 and false.
    ///
    /// - Parameters:
    ///   - seeds: one for each row; nil to go on with the row's own random numbers, or to draw a first seed.
    ///   - mask: which rows; nil: all. The others' observations stay.
    ///   - options: those of Gymnasium's `reset`; none for vectors.
    /// - Throws: ``EnvironmentError``. The chosen rows have no episode under way then, and a step throws `resetNeeded`.
    nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws

    /// Steps all rows.
    ///
    /// - Parameter actions: `count` elements of the action space, one after the other, as arrays of its element type. Where
    ///   the space's elements are no arrays, nothing: the action is ``RowBuffers/action``.
    /// - Throws: ``EnvironmentError``: `resetNeeded` where an episode is over that nobody has reset (nothing has been
    ///   stepped), `crashed` or `backendUnavailable` where the rows have no episode under way any more.
    nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws

    /// What is known of a row's state beyond its observation, sorted by key.
    func info(at index: Int) -> [Value.Entry]

    /// In the mode ``AutoresetMode/sameStep``, the info at the end of the episode that the last step ended; nil when it ended
    /// none.
    func finalInfo(at index: Int) -> [Value.Entry]?

    /// What happened in a row during the last step and belongs into a recording of it, but not to the agent: dicts with a
    /// `kind`.
    func events(at index: Int) -> [Value]

    /// A picture of a row's state in one of the spec's render modes; nil when it has none.
    ///
    /// - Throws: ``EnvironmentError``.
    nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame?

    /// Gives back what the environments hold.
    nonisolated(nonsending) func close() async
}

/// Rows whose calls return without waiting for the clock, and so can be made from whichever thread, without a task: of
/// simulators, of classic control, and of servers elsewhere for who has a thread to wait on.
///
/// Nothing is allocated in a step unless an episode ends.
public protocol ImmediateRows: EnvironmentRows {
    /// What ``EnvironmentRows/reset(seeds:mask:options:into:)`` does.
    func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError)

    /// What ``EnvironmentRows/step(actions:into:)`` does.
    func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError)

    /// What ``EnvironmentRows/render(at:mode:)`` does.
    func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame?

    /// What ``EnvironmentRows/close()`` does.
    func closeNow()

    /// Steps on the threads of `team` from now on, where the rows have use for threads.
    func use(_ team: ThreadTeam)
}

extension EnvironmentRows {
    public var spec: EnvironmentSpec { form.spec }
    public var observationSpace: Space { form.observationSpace }
    public var actionSpace: Space { form.actionSpace }
    public var count: Int { form.count }
    public var autoresetMode: AutoresetMode { form.layout.autoresetMode }
    public var arguments: [Value.Entry] { form.arguments }
    public var scenarioText: String { form.scenarioText }
    public var infoDetail: InfoDetail { form.infoDetail }
    public var actionMaskCount: Int { form.actionMaskCount }
    public var expectedStepSeconds: Double { form.expectedStepSeconds }

    /// Calls are to be awaited.
    public var immediate: (any ImmediateRows)? { nil }

    /// Nothing.
    public func events(at index: Int) -> [Value] { [] }

    /// Nothing, as where no step begins an episode.
    public func finalInfo(at index: Int) -> [Value.Entry]? { nil }
}

extension ImmediateRows {
    /// This.
    public var immediate: (any ImmediateRows)? { self }

    public nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        try resetNow(seeds: seeds, mask: mask, options: options, into: buffers)
    }

    public nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        try stepNow(actions: actions, into: buffers)
    }

    public nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        try renderNow(at: index, mode: mode)
    }

    public nonisolated(nonsending) func close() async { closeNow() }

    /// Begins episodes without options.
    ///
    /// - Returns: the seeds in force, one for each row.
    @discardableResult
    public func resetNow(
        seeds: [Seed?], mask: [Bool]? = nil, into buffers: RowBuffers
    ) throws(EnvironmentError) -> [Seed] {
        try resetNow(seeds: seeds, mask: mask, options: [], into: buffers)
        return self.seeds
    }

    /// Goes on as before.
    public func use(_ team: ThreadTeam) {}
}
