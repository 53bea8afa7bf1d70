/// What is known of an environment's rows before their first reset, and does not change.
public struct EnvironmentForm: Sendable {
    public var spec: EnvironmentSpec
    /// Of one row.
    public var observationSpace: Space
    /// Of one row.
    public var actionSpace: Space
    public var layout: RowLayout
    /// The arguments it was made with, defaults filled in.
    public var arguments: [Value.Entry]
    /// The fully resolved scenario, as text; empty where there is none.
    public var scenarioText: String
    /// Which infos replies have.
    public var infoDetail: InfoDetail
    /// Actions of each row's mask in ``RowBuffers/actionMasks``; 0 where there are no masks, or they are in the infos only.
    public var actionMaskCount: Int
    /// What a step takes when all is well, in seconds of real time.
    public var expectedStepSeconds: Double
    /// What a reset takes when all is well, in seconds of real time.
    public var expectedResetSeconds: Double
    /// Whether the same seed and actions give the same episode again.
    public var isReproducible: Bool

    /// - Parameters:
    ///   - expectedStepSeconds: nil: a tenth of a second for a single environment, a second for a vector.
    ///   - expectedResetSeconds: nil: as long as a step, and a second at least for a vector.
    ///   - isReproducible: nil: where the spec is not nondeterministic.
    public init(
        spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space, layout: RowLayout = .single,
        arguments: [Value.Entry] = [], scenarioText: String = "", infoDetail: InfoDetail = .full,
        actionMaskCount: Int = 0, expectedStepSeconds: Double? = nil, expectedResetSeconds: Double? = nil,
        isReproducible: Bool? = nil
    ) {
        let step = expectedStepSeconds ?? (layout.isVector ? 1 : 0.1)
        self.spec = spec
        self.observationSpace = observationSpace
        self.actionSpace = actionSpace
        self.layout = layout
        self.arguments = arguments
        self.scenarioText = scenarioText
        self.infoDetail = infoDetail
        self.actionMaskCount = actionMaskCount
        self.expectedStepSeconds = step
        self.expectedResetSeconds = expectedResetSeconds ?? (layout.isVector ? max(1, step) : step)
        self.isReproducible = isReproducible ?? !spec.nondeterministic
    }

    /// Rows.
    public var count: Int { layout.count }
}

/// How many rows there are, and who resets them.
public enum RowLayout: Sendable, Hashable {
    /// One row, which only its user resets (`gymnasium.Env`).
    case single
    /// One row or more that step together (`gymnasium.vector.VectorEnv`).
    case vector(count: Int, AutoresetMode)

    /// Rows.
    public var count: Int {
        switch self {
        case .single: 1
        case .vector(let count, _): count
        }
    }

    /// A single environment is no vector of one: its replies have no batches.
    public var isVector: Bool { self != .single }

    public var autoresetMode: AutoresetMode {
        switch self {
        case .single: .disabled
        case .vector(_, let mode): mode
        }
    }
}
