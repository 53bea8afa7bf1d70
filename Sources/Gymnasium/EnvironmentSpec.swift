/// What is known of an environment before it is made (`gymnasium.envs.registration.EnvSpec`).
public struct EnvironmentSpec: Sendable, Hashable {
    public var id: String
    public var description: String
    /// The return at which the task counts as solved.
    public var rewardThreshold: Double?
    /// Equal seeds and actions may give different episodes.
    public var nondeterministic: Bool
    /// The environment's own time limit in steps; 0 when there is none or it depends on the arguments.
    public var maxEpisodeSteps: Int
    public var arguments: [Argument]
    public var renderModes: [String]
    /// Frames a second for players of rendered frames.
    public var renderFPS: Double
    /// What one environment holds beside its observations and actions, about: for limits on memory.
    public var bytesPerEnvironment: Int

    /// An argument of `make`.
    public struct Argument: Sendable, Hashable {
        public let name: String
        public let defaultValue: Value
        public let description: String

        public init(_ name: String, default defaultValue: Value, _ description: String) {
            self.name = name
            self.defaultValue = defaultValue
            self.description = description
        }
    }

    public init(
        id: String,
        description: String,
        rewardThreshold: Double? = nil,
        nondeterministic: Bool = false,
        maxEpisodeSteps: Int = 0,
        arguments: [Argument] = [],
        renderModes: [String] = [],
        renderFPS: Double = 1,
        bytesPerEnvironment: Int = 4_096
    ) {
        self.id = id
        self.description = description
        self.rewardThreshold = rewardThreshold
        self.nondeterministic = nondeterministic
        self.maxEpisodeSteps = maxEpisodeSteps
        self.arguments = arguments
        self.renderModes = renderModes
        self.renderFPS = renderFPS
        self.bytesPerEnvironment = bytesPerEnvironment
    }
}
