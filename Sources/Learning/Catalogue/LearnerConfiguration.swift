import Foundation
public import Gymnasium

/// Any algorithm's hyper-parameters: what a program needs that lets its user choose the algorithm.
public enum LearnerConfiguration: Sendable, Hashable {
    case ppo(PPOConfiguration)
    case doubleDQN(DoubleDQNConfiguration)
    case sarsa(SARSAConfiguration)

    /// Algorithms by their names in checkpoints, with the names of their presets.
    public static let catalogue: [(algorithm: String, presets: [String])] = [
        ("ppo", PPOConfiguration.presets.map(\.name)),
        ("double-dqn", DoubleDQNConfiguration.presets.map(\.name)),
        ("sarsa", SARSAConfiguration.presets.map(\.name)),
    ]

    /// - Parameters:
    ///   - algorithm: one of the ``catalogue``; `dqn` is short for `double-dqn`.
    ///   - preset: one of the algorithm's; nil: the defaults of its configuration. `rl-zoo` stands for RL Baselines3 Zoo's
    ///     settings for the environment.
    ///   - environmentID: what the agent is to learn on; only `rl-zoo` asks for it.
    /// - Throws: an unknown name, with the known ones.
    public init(algorithm: String, preset: String?, environmentID: String = "") throws(LearningError) {
        let algorithm = algorithm == "dqn" ? "double-dqn" : algorithm
        let preset = try preset.map { name throws(LearningError) in
            name == "rl-zoo" ? try LearnerConfiguration.zooPreset(algorithm, for: environmentID) : name
        }
        func find<Settings>(_ presets: [(name: String, settings: Settings)], _ defaults: Settings)
            throws(LearningError) -> Settings
        {
            guard let preset else { return defaults }
            guard let found = presets.first(where: { $0.name == preset }) else {
                throw LearningError(
                    .configuration,
                    "\(algorithm) has no preset \"\(preset)\"; it has \(presets.map(\.name).joined(separator: ", "))")
            }
            return found.settings
        }
        switch algorithm {
        case "ppo": self = .ppo(try find(PPOConfiguration.presets, PPOConfiguration()))
        case "double-dqn":
            self = .doubleDQN(try find(DoubleDQNConfiguration.presets, DoubleDQNConfiguration()))
        case "sarsa": self = .sarsa(try find(SARSAConfiguration.presets, SARSAConfiguration()))
        default:
            throw LearningError(.configuration, "no algorithm \"\(algorithm)\"; there are ppo, double-dqn, sarsa")
        }
    }

    /// The settings that the agent of a checkpoint was trained with.
    ///
    /// - Throws: a checkpoint that is damaged, or of an unknown algorithm.
    public init(_ checkpoint: Checkpoint) throws(LearningError) {
        switch checkpoint.origin.algorithm {
        case "ppo": self = .ppo(try checkpoint.configuration(PPOConfiguration.self, of: "ppo"))
        case "double-dqn":
            self = .doubleDQN(try checkpoint.configuration(DoubleDQNConfiguration.self, of: "double-dqn"))
        case "sarsa": self = .sarsa(try checkpoint.configuration(SARSAConfiguration.self, of: "sarsa"))
        default: throw checkpoint.unknownAlgorithm
        }
    }

    /// The preset with the zoo's settings for an environment: the names end alike, `CartPole-v1` and `zoo-cartpole`.
    private static func zooPreset(_ algorithm: String, for environmentID: String) throws(LearningError) -> String {
        let presets = catalogue.first { $0.algorithm == algorithm }?.presets.filter { $0.hasPrefix("zoo-") } ?? []
        let name = environmentID.split(separator: "/").last.map { $0.prefix { $0 != "-" }.lowercased() } ?? ""
        guard let preset = presets.first(where: { $0 == "zoo-\(name)" }) else {
            throw LearningError(
                .configuration,
                "there are no settings of RL Baselines3 Zoo for \(algorithm) on \"\(environmentID)\"; there are "
                    + (presets.isEmpty ? "none" : presets.joined(separator: ", ")))
        }
        return preset
    }

    public var algorithm: String {
        switch self {
        case .ppo: "ppo"
        case .doubleDQN: "double-dqn"
        case .sarsa: "sarsa"
        }
    }

    /// Sub-environments the settings are meant for.
    public var environments: Int {
        switch self {
        case .ppo(let settings): settings.environments
        case .doubleDQN(let settings): settings.environments
        case .sarsa(let settings): settings.environments
        }
    }

    /// Environment steps of a whole run.
    public var totalSteps: Int {
        switch self {
        case .ppo(let settings): settings.totalSteps
        case .doubleDQN(let settings): settings.totalSteps
        case .sarsa(let settings): settings.totalSteps
        }
    }

    /// All settings by name, as JSON texts, sorted.
    public var entries: [(name: String, value: String)] {
        object.compactMap { key, value in
            guard
                let data = try? JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
            else { return nil }
            return (key, String(decoding: data, as: UTF8.self))
        }.sorted { $0.name < $1.name }
    }

    /// The same with another value of a setting.
    ///
    /// - Parameters:
    ///   - name: as in ``entries``.
    ///   - text: JSON; a schedule is a number or an object such as `{"from": 1e-3, "to": 0}`. Text that is no JSON stands for
    ///     itself. `null` takes a setting's value away.
    /// - Throws: an unknown name, or a value of another kind, with what is there now.
    public func setting(_ name: String, to text: String) throws(LearningError) -> LearnerConfiguration {
        var object = object
        guard names.contains(name) else {
            throw LearningError(
                .configuration,
                "\(algorithm) has no setting \"\(name)\"; it has \(names.joined(separator: ", "))")
        }
        let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        object[name] = value is NSNull ? nil : value ?? text
        guard let data = try? JSONSerialization.data(withJSONObject: object),
            let changed = decoded(String(decoding: data, as: UTF8.self))
        else {
            let now = entries.first { $0.name == name }?.value ?? "null"
            throw LearningError(
                .configuration, "\(name) cannot be \(text); its value now is \(now), one of the same kind is expected")
        }
        try changed.validate()
        return changed
    }

    /// - Throws: what is out of its range.
    public func validate() throws(LearningError) {
        switch self {
        case .ppo(let settings): try settings.validate()
        case .doubleDQN(let settings): try settings.validate()
        case .sarsa(let settings): try settings.validate()
        }
    }

    /// An agent at its beginning.
    ///
    /// - Parameter vector: not to be used by anybody else from now on.
    public func learner(on vector: any ImmediateRows) throws(LearningError) -> any Learner {
        switch self {
        case .ppo(let settings): try PPO(vector, settings)
        case .doubleDQN(let settings): try DoubleDQN(vector, settings)
        case .sarsa(let settings): try SARSA(vector, settings)
        }
    }

    /// As JSON.
    var text: String {
        switch self {
        case .ppo(let settings): JSONText.encode(settings) ?? "{}"
        case .doubleDQN(let settings): JSONText.encode(settings) ?? "{}"
        case .sarsa(let settings): JSONText.encode(settings) ?? "{}"
        }
    }

    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    private func decoded(_ text: String) -> LearnerConfiguration? {
        switch self {
        case .ppo: JSONText.decode(PPOConfiguration.self, text).map { .ppo($0) }
        case .doubleDQN: JSONText.decode(DoubleDQNConfiguration.self, text).map { .doubleDQN($0) }
        case .sarsa: JSONText.decode(SARSAConfiguration.self, text).map { .sarsa($0) }
        }
    }

    var optionalNames: [String] {
        switch self {
        case .ppo: ["targetKL"]
        case .doubleDQN: ["rewardBound", "errorBound", "explorationExponent"]
        case .sarsa: []
        }
    }
}

extension Checkpoint {
    /// The agent of the checkpoint, to go on training.
    ///
    /// - Parameter vector: not to be used by anybody else from now on; with the spaces of the checkpoint.
    /// - Throws: ``LearningError`` when the checkpoint is damaged, of an unknown algorithm, or of other spaces.
    public func learner(on vector: any ImmediateRows) throws(LearningError) -> any Learner {
        switch origin.algorithm {
        case "ppo": try PPO(vector, resuming: self)
        case "double-dqn": try DoubleDQN(vector, resuming: self)
        case "sarsa": try SARSA(vector, resuming: self)
        default: throw unknownAlgorithm
        }
    }

    var unknownAlgorithm: LearningError {
        LearningError(
            .checkpoint,
            "the checkpoint is of the algorithm \"\(origin.algorithm)\"; known are ppo, double-dqn, sarsa")
    }
}
