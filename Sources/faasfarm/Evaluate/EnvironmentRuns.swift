import ArgumentParser
import EnvironmentCatalogue
import EnvironmentClient
import Evaluation
import Farm
import FarmEnvironments
import Gymnasium
import Learning
import Terminal

/// Agents on an environment of any kind, here or on a server.
struct EnvironmentRuns {
    let options: EvaluateCommand

    /// Sub-environments that step together.
    private static let width = 16

    func run() async throws -> EnvironmentResult {
        let names = options.policies.map { $0.split(separator: ",").map(String.init) } ?? []
        guard !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".safetensors") }) else {
            throw ValidationError("with --env, --policies takes files of faasfarm train, *.safetensors")
        }
        var result: EnvironmentResult?
        for name in names {
            let policy = try TrainedPolicy(Checkpoint(contentsOf: name))
            let id = options.env ?? policy.origin.environmentID
            if let other = result?.environment, other != id {
                throw ValidationError("\(name) was trained on \(id) and another on \(other); evaluate them apart")
            }
            let next = try await run(policy, name: name, on: id, episodes: result?.episodes)
            if let first = result?.scenario, let other = next.scenario, first != other {
                throw ValidationError("the agents were trained on \(first) and \(other); name one with --scenario")
            }
            if result == nil { result = next } else { result?.policies += next.policies }
        }
        guard let result else { throw ValidationError("--policies names no file") }
        return result
    }

    /// In the environment that the agent was trained in, unless the command line says otherwise; but never in its place: where
    /// the farms are is said by the command line or by the server.
    private func run(
        _ policy: TrainedPolicy, name: String, on id: String, episodes: Int?
    ) async throws -> EnvironmentResult {
        let known = id == policy.origin.environmentID ? policy.origin.arguments : []
        let arguments = EnvironmentSource.arguments(
            known.filter { !FarmPlace.names.contains($0.key) }, try options.scenario.map(ScenarioArgument.entry) ?? [],
            options.place.place.arguments, try options.argument.map(ArgumentOption.entry))
        let wanted = options.episodeCount ?? EvaluateCommand.usualEpisodes
        let source = EnvironmentSource(
            endpoint: options.endpoint, patience: options.patience, keys: try options.keys.clientKeys())
        let vector = try await source.vector(
            id, arguments, atMost: min(EnvironmentRuns.width, episodes ?? wanted), autoresetMode: .disabled)
        defer { vector.closeNow() }
        let provenance = Provenance(environmentID: vector.spec.id, arguments: vector.arguments)
        try options.place.place.check(provenance)
        let episodes =
            episodes ?? options.episodeCount ?? (provenance.isLive ? FarmSessionRuns.liveEpisodes : wanted)
        let scenario = vector.arguments["scenario"]?.string.flatMap { text in
            try? Scenario(argument: text)
        }
        // Whoever interrupts does not wait for a live step's end, and the farm is given back.
        let interrupt = (vector as? RemoteVector).map { vector in InterruptFlag { [end = vector.end] in end() } }
        defer { withExtendedLifetime(interrupt) {} }
        let evaluator = try EnvironmentEvaluator(vector, firstSeed: options.seed, episodes: episodes)
        let played = try evaluator.run(policy, name: name, progress: ProgressBar(name, unit: "episodes").update)
        return EnvironmentResult(
            environment: id, episodes: episodes, seed: options.seed, policies: [played], provenance: provenance,
            scenario: scenario.map { "\($0.name)@\($0.version)" })
    }
}
