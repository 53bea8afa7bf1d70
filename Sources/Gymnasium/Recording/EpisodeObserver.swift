public import Randomness

/// Somebody who listens to the episodes of environments: a recording, a page that shows them live.
///
///     struct Returns: EpisodeObserver {
///         func listener(
///             to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
///         ) -> (any EpisodeListener)? { ReturnsOfRows(environment.form.count) }
///     }
public protocol EpisodeObserver: Sendable {
    /// Listens to an environment from now on.
    ///
    /// - Parameter onFailure: called at most once, on any thread: listening has stopped, and why. The episodes go on.
    /// - Returns: nil where it does not listen to this one.
    func listener(
        to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any EpisodeListener)?
}

/// An environment as its observers know it.
public struct ObservedEnvironment: Sendable {
    public var form: EnvironmentForm
    /// What `make` shortened the environment's own time limit to; nil where it did not.
    public var maxEpisodeSteps: Int?
    /// Whether its steps are waited for, so that a listener may be waited for as well.
    public var waits: Bool

    public init(_ form: EnvironmentForm, maxEpisodeSteps: Int? = nil, waits: Bool) {
        self.form = form
        self.maxEpisodeSteps = maxEpisodeSteps
        self.waits = waits
    }

    public init(_ rows: some EnvironmentRows, maxEpisodeSteps: Int? = nil) {
        self.init(rows.form, maxEpisodeSteps: maxEpisodeSteps, waits: rows.immediate == nil)
    }
}

/// Listens to the episodes of one environment, row by row.
///
/// Calls come one at a time. They only take in what they are told, and do not fail: a failure is the listener's own, and never
/// the episodes'. What is pointed to lives until the call returns.
public protocol EpisodeListener: AnyObject, Sendable {
    /// Whether replies wait for ``commit()``. Otherwise it is not called.
    var isAwaited: Bool { get }

    /// The id of a single environment's last episode, for those who ask for it afterwards; nil without.
    var episode: String? { get }

    /// Episodes have begun. Those of the same rows that were under way are partial.
    func begin(_ reset: ObservedReset)

    /// All rows have stepped, with the episodes that this ended and, by the autoreset mode, began.
    func step(_ step: ObservedStep)

    /// The episodes under way are partial: the environment closes, or has failed.
    func end()

    /// Returns when what it was told is kept, or has been given up.
    nonisolated(nonsending) func commit() async
}

extension EpisodeListener {
    /// Goes on beside it.
    public var isAwaited: Bool { false }

    /// None.
    public var episode: String? { nil }

    /// At once.
    public nonisolated(nonsending) func commit() async {}
}

/// Episodes that have begun.
public struct ObservedReset {
    public let form: EnvironmentForm
    /// With the first observations and masks of the rows.
    public let buffers: RowBuffers
    /// Which rows began an episode; nil: all.
    public let mask: [Bool]?
    /// In force, one for each row.
    public let seeds: [Seed]
    /// Whether a seed was given to the row.
    public let isSeeded: [Bool]
    /// What the reset was given beside seeds.
    public let options: [Value.Entry]
    /// One for each row; nil without.
    public let infos: [[Value.Entry]?]
}

/// A step of all rows.
public struct ObservedStep {
    public let form: EnvironmentForm
    /// One action for each row.
    public let actions: UnsafeRawBufferPointer
    /// What came of them.
    public let buffers: RowBuffers
    /// One for each row; nil without.
    public let infos: [[Value.Entry]?]
    /// In the mode ``AutoresetMode/sameStep``, of the episodes that the step ended.
    public let finalInfos: [[Value.Entry]?]
    /// What happened, for a recording; one list for each row.
    public let events: [[Value]]
    /// In force after the step; empty when it began no episode.
    public let seeds: [Seed]
}

extension ObservedStep {
    /// The action of a row.
    public func action(at index: Int) -> Value {
        guard let form = form.actionSpace.arrayForm else { return buffers.action ?? .tuple([]) }
        let size = form.byteCount
        return form.element(UnsafeRawBufferPointer(rebasing: actions[index * size..<(index + 1) * size]))
    }

    /// The last observation of the episode of a row that the step ended, in the mode ``AutoresetMode/sameStep``.
    public func finalObservation(at index: Int) -> Value {
        let array = form.observationSpace.arrayForm.flatMap {
            NDArray(dtype: $0.dtype, shape: $0.shape, bytes: Array(buffers.finalObservation(at: index)))
        }
        return .array(array ?? NDArray([Float]()))
    }
}
