import Foundation
public import Gymnasium
import SystemErrors

/// All that is kept of an agent: what going on needs, what acting needs, and what the numbers mean.
public struct Checkpoint: Sendable, Hashable {
    /// Arrays, and texts: `format`, `environment_id`, `arguments`, `observation_space`, `action_space`, `scenario_sha256`,
    /// `algorithm`, `hyperparameters`, `step_count`, `episode_count`, and the `seed` of the random numbers from here on.
    ///
    /// Networks' weights are named and shaped as those of a `torch.nn.Sequential`: `policy.0.weight` and so on for PPO, whose
    /// other network is `critic`; `network` and `target` for Double DQN. Memories are named and shaped as a `torch.nn.GRU`:
    /// `policy_memory.weight_ih_l0` and so on. SARSA has `weights`, features × actions.
    public internal(set) var content: SafeTensors

    static let format = "faasfarm-checkpoint@1"

    /// Where the agent learnt.
    public struct Origin: Sendable, Hashable {
        public let environmentID: String
        /// As the environment was made, defaults filled in.
        public let arguments: [Value.Entry]
        public let observationSpace: Space
        public let actionSpace: Space
        /// SHA-256 of the scenario's text, in hexadecimal digits; of the empty text where there is none.
        public let scenarioSHA256: String
        public let algorithm: String
        /// JSON of the algorithm's configuration.
        public let hyperparameters: String
        public let stepCount: Int
        public let episodeCount: Int
    }

    public let origin: Origin

    init(
        of runner: EnvironmentRunner, _ configuration: some LearnerConfiguration, seed: UInt64,
        tensors: [String: SafeTensors.Tensor]
    ) {
        let vector = runner.vector
        origin = Origin(
            environmentID: vector.spec.id, arguments: vector.arguments,
            observationSpace: vector.observationSpace, actionSpace: vector.actionSpace,
            scenarioSHA256: SHA256.hexDigest(vector.scenarioText), algorithm: configuration.algorithm,
            hyperparameters: configuration.text, stepCount: runner.stepCount, episodeCount: runner.episodeCount)
        content = SafeTensors(
            tensors: tensors,
            metadata: [
                "format": Checkpoint.format, "environment_id": origin.environmentID,
                "arguments": ArgumentText.text(origin.arguments),
                "observation_space": SpaceText.text(origin.observationSpace) ?? "",
                "action_space": SpaceText.text(origin.actionSpace) ?? "", "scenario_sha256": origin.scenarioSHA256,
                "algorithm": origin.algorithm, "hyperparameters": origin.hyperparameters,
                "step_count": "\(origin.stepCount)", "episode_count": "\(origin.episodeCount)", "seed": "\(seed)",
            ])
    }

    /// - Throws: what is missing, or not what ``save(to:)`` writes.
    public init(_ content: SafeTensors) throws(LearningError) {
        let metadata = content.metadata
        func text(_ key: String) throws(LearningError) -> String {
            guard let text = metadata[key] else {
                throw LearningError(
                    .checkpoint, "the file's metadata has no \"\(key)\"; a checkpoint of `faasfarm train` is wanted")
            }
            return text
        }
        let format = try text("format")
        guard format == Checkpoint.format else {
            throw LearningError(
                .checkpoint, "the checkpoint's format is \"\(format)\", expected \"\(Checkpoint.format)\"")
        }
        guard let observations = SpaceText.space(try text("observation_space")),
            let actions = SpaceText.space(try text("action_space")),
            let arguments = ArgumentText.entries(try text("arguments")),
            let steps = Int(try text("step_count")), let episodes = Int(try text("episode_count")),
            steps >= 0, episodes >= 0, UInt64(try text("seed")) != nil
        else {
            throw LearningError(
                .checkpoint,
                "the checkpoint's spaces, arguments or counters cannot be read; it is damaged, save it again")
        }
        self.content = content
        origin = Origin(
            environmentID: try text("environment_id"), arguments: arguments, observationSpace: observations,
            actionSpace: actions, scenarioSHA256: try text("scenario_sha256"), algorithm: try text("algorithm"),
            hyperparameters: try text("hyperparameters"), stepCount: steps, episodeCount: episodes)
    }

    /// Of the random numbers from here on.
    var seed: UInt64 { content.metadata["seed"].flatMap(UInt64.init) ?? 0 }

    /// Reads a file.
    public init(contentsOf path: String) throws(LearningError) {
        try self.init(SafeTensors(contentsOf: path))
    }

    /// Writes a file, all of it or nothing: the name appears once the content is complete.
    public func save(to path: String) throws(LearningError) {
        let bytes = try content.encoded()
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw LearningError(.file, "the checkpoint \(path) cannot be written: \(SystemFailure.reason(error))")
        }
    }

    /// SHA-256 of a scenario's text, as ``Origin/scenarioSHA256`` has it.
    public static func scenarioSHA256(_ text: String) -> String { SHA256.hexDigest(text) }

    /// SHA-256 of a file's bytes, as `sha256sum` prints it.
    public static func sha256(_ bytes: [UInt8]) -> String { SHA256.hexDigest(bytes) }

    /// The floats of an array.
    ///
    /// - Throws: when there is none of that name and number of elements.
    public func floats(_ name: String, count: Int) throws(LearningError) -> [Float] {
        guard let floats = content.tensors[name]?.floats, floats.count == count else {
            throw LearningError(.checkpoint, "the checkpoint has no float32 array \"\(name)\" of \(count) elements")
        }
        return floats
    }

    /// The doubles of an array.
    public func doubles(_ name: String, count: Int) throws(LearningError) -> [Double] {
        guard let doubles = content.tensors[name]?.doubles, doubles.count == count else {
            throw LearningError(.checkpoint, "the checkpoint has no float64 array \"\(name)\" of \(count) elements")
        }
        return doubles
    }

    /// - Throws: when an array of the agent has an infinity in it, or what is not a number: its training has diverged.
    public func checkNumbers() throws(LearningError) {
        for (name, tensor) in content.tensors.sorted(by: { $0.key < $1.key }) {
            let isSound =
                tensor.floats?.allSatisfy(\.isFinite) ?? tensor.doubles?.allSatisfy(\.isFinite) ?? true
            guard isSound else {
                throw LearningError(
                    .step,
                    "\(name) has infinities in it, or what is no number: the training has diverged; give a lower "
                        + "learning rate, or rewards of a smaller size")
            }
        }
    }
}

extension Checkpoint.Origin {
    /// - Throws: spaces of `vector` that are not those the agent learnt in.
    public func check(_ vector: any ImmediateRows) throws(LearningError) {
        guard vector.observationSpace == observationSpace else {
            throw LearningError(
                .space,
                "the agent observes a \(observationSpace.kindName) space, \(vector.spec.id) has a "
                    + "\(vector.observationSpace.kindName) one, or one with other bounds; make it with the checkpoint's arguments"
            )
        }
        guard vector.actionSpace == actionSpace else {
            throw LearningError(
                .space,
                "the agent acts in a \(actionSpace.kindName) space, \(vector.spec.id) has a "
                    + "\(vector.actionSpace.kindName) one; make it with the checkpoint's arguments")
        }
    }
}
