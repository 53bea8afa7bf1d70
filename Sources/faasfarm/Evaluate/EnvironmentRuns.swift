import ArgumentParser
import Evaluation
import Gymnasium
import Learning

/// Agents on an environment of any kind, here or on a server.
struct EnvironmentRuns {
    let options: EvaluateCommand

    /// Sub-environments that step together.
    private static let width = 16

    func run() async throws -> EnvironmentResult {
        let names = options.policies.map { $0.split(separator: ",").map(String.init) } ?? []
        guard !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".safetensors") }) else {
            throw ValidationError("with --env or --endpoint, --policies takes files of faasfarm train, *.safetensors")
        }
        var policies: [EnvironmentResult.Policy] = []
        var id = options.env ?? ""
        for name in names {
            let policy = try TrainedPolicy(Checkpoint(contentsOf: name))
            id = options.env ?? policy.origin.environmentID
            policies.append(try await run(policy, name: name, on: id))
        }
        return EnvironmentResult(
            environment: id, episodes: options.episodes, seed: options.seed, policies: policies)
    }

    /// In the environment that the agent was trained in, unless the command line says otherwise.
    private func run(_ policy: TrainedPolicy, name: String, on id: String) async throws -> EnvironmentResult.Policy {
        let known = id == policy.origin.environmentID ? policy.origin.arguments : []
        let arguments = try EnvironmentSource.arguments(
            scenario: options.scenario, options: options.argument, known: known)
        let source = EnvironmentSource(
            endpoint: options.endpoint, patience: options.patience, keys: try options.keys.clientKeys())
        let vector = try await source.vector(
            id, arguments, count: min(EnvironmentRuns.width, options.episodes), autoresetMode: .disabled)
        defer { vector.close() }
        let evaluator = try EnvironmentEvaluator(vector, firstSeed: options.seed, episodes: options.episodes)
        return try evaluator.run(policy, name: name, progress: ProgressBar(name, unit: "episodes").update)
    }
}
