public import Gymnasium

/// The algorithms by name. A new one is a folder with its configuration and its learner, and an element of
/// ``LearnerCatalogue/standard``.
///
///     for learner in LearnerCatalogue.standard.learners {
///         print(learner.algorithm, learner.summary, learner.presetNames)
///     }
public struct LearnerCatalogue: Sendable {
    public static let standard = LearnerCatalogue([
        PPOConfiguration.self, DoubleDQNConfiguration.self, SARSAConfiguration.self,
    ])

    /// In the order in which people should meet them.
    public let learners: [any LearnerConfiguration.Type]

    public init(_ learners: [any LearnerConfiguration.Type]) { self.learners = learners }

    /// The settings of a preset.
    ///
    /// - Parameters:
    ///   - algorithm: a name, or another one that people know the algorithm by.
    ///   - preset: one of the algorithm's; nil: its defaults. `rl-zoo` stands for RL Baselines3 Zoo's settings for the
    ///     environment.
    ///   - environmentID: what the agent is to learn on; only `rl-zoo` asks for it.
    /// - Throws: an unknown name, with the known ones.
    public func configuration(
        _ algorithm: String, preset: String? = nil, environmentID: String = ""
    ) throws(LearningError) -> any LearnerConfiguration {
        let known = learners.first { $0.algorithm == algorithm || $0.aliases.contains(algorithm) }
        guard let learner = known else {
            throw LearningError(.configuration, "no algorithm \"\(algorithm)\"; there are \(names)")
        }
        return try learner.preset(preset == "rl-zoo" ? zooPreset(of: learner, for: environmentID) : preset)
    }

    /// The preset with the zoo's settings for an environment: the names end alike, `CartPole-v1` and `zoo-cartpole`.
    private func zooPreset(
        of learner: any LearnerConfiguration.Type, for environmentID: String
    ) throws(LearningError) -> String {
        let presets = learner.presetNames.filter { $0.hasPrefix("zoo-") }
        let name = environmentID.split(separator: "/").last.map { $0.prefix { $0 != "-" }.lowercased() } ?? ""
        guard let preset = presets.first(where: { $0 == "zoo-\(name)" }) else {
            throw LearningError(
                .configuration,
                "there are no settings of RL Baselines3 Zoo for \(learner.algorithm) on \"\(environmentID)\"; there are "
                    + (presets.isEmpty ? "none" : presets.joined(separator: ", ")))
        }
        return preset
    }

    fileprivate func learner(of checkpoint: Checkpoint) throws(LearningError) -> any LearnerConfiguration.Type {
        let algorithm = checkpoint.origin.algorithm
        guard let learner = learners.first(where: { $0.algorithm == algorithm }) else {
            throw LearningError(
                .checkpoint, "the checkpoint is of the algorithm \"\(algorithm)\"; known are \(names)")
        }
        return learner
    }

    private var names: String { learners.map { $0.algorithm }.joined(separator: ", ") }
}

extension Checkpoint {
    /// The settings that the agent was trained with.
    ///
    /// - Throws: a checkpoint that is damaged, or of an algorithm that the catalogue has not.
    public func configuration(in catalogue: LearnerCatalogue = .standard) throws(LearningError)
        -> any LearnerConfiguration
    {
        try catalogue.learner(of: self).init(self)
    }

    /// The agent, to go on training.
    ///
    /// - Parameter vector: not to be used by anybody else from now on; with the spaces of the checkpoint.
    /// - Throws: ``LearningError`` when the checkpoint is damaged, of an unknown algorithm, or of other spaces.
    public func learner(
        on vector: any ImmediateRows, in catalogue: LearnerCatalogue = .standard
    ) throws(LearningError) -> any Learner {
        try catalogue.learner(of: self).learner(on: vector, resuming: self)
    }

    /// The same agent, whose schedules run over so many steps, those done included.
    ///
    /// A run that is given more steps than it began with stretches its schedules: a rate that had fallen to 0 is above it again.
    ///
    /// - Throws: a checkpoint of no known settings.
    public func running(over totalSteps: Int) throws(LearningError) -> Checkpoint {
        var content = content
        content.metadata["hyperparameters"] = try configuration().setting("totalSteps", to: "\(totalSteps)").text
        return try Checkpoint(content)
    }
}

extension LearnerConfiguration {
    /// The settings of a checkpoint's agent.
    ///
    /// - Throws: a checkpoint of another algorithm, or a text that is no configuration.
    init(_ checkpoint: Checkpoint) throws(LearningError) {
        let origin = checkpoint.origin
        guard origin.algorithm == Self.algorithm else {
            throw LearningError(
                .checkpoint, "the checkpoint is of \"\(origin.algorithm)\", expected one of \"\(Self.algorithm)\"")
        }
        guard let configuration = JSONText.decode(Self.self, origin.hyperparameters) else {
            throw LearningError(.checkpoint, "the checkpoint's hyper-parameters are not those of \"\(Self.algorithm)\"")
        }
        self = configuration
    }
}
