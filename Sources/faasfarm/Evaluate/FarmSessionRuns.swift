import ArgumentParser
import EnvironmentClient
import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Foundation
import Gymnasium
import Learning
import Numbers

/// Policies on a farm of a server: a live one, or a simulated one of a daemon.
struct FarmSessionRuns {
    let options: EvaluateCommand
    let endpoint: String

    /// - Returns: what was played, and why it was less than wanted, if so.
    func run() async throws -> (result: EvaluationResult, failure: EpisodesNotPlayed?) {
        let subject = try subject()
        let scenario = subject.scenario
        let action = try options.actionScheme(scenario)
        let reward = try options.rewardScheme()
        let runner = try EpisodeRunner(scenario, action: action, reward: reward)
        let policies = try PolicyList(options.policies, for: scenario).policies
        try check(policies.map(\.name))
        if options.tune || options.hindsight > 0 {
            throw ValidationError("--tune and --hindsight simulate thousands of episodes; they are not for --endpoint")
        }
        let source = EnvironmentSource(
            endpoint: endpoint, patience: options.patience, keys: try options.keys.clientKeys())
        let vector = try await source.vector(
            FarmEnvironmentRegistration.id,
            [Value.Entry("scenario", .text(scenario.yaml))] + options.place.arguments
                + FarmSession.arguments(reward: reward),
            count: 1, autoresetMode: .disabled)
        defer { vector.close() }
        let provenance = Provenance(environmentID: vector.spec.id, arguments: vector.arguments)
        try options.place.check(provenance)
        let usual = provenance.isLive ? EnvironmentRuns.liveEpisodes : EvaluateCommand.usualEpisodes
        let episodes = options.episodeCount ?? (subject.isOneWorkload ? 1 : usual)
        let session = try FarmSession(vector, runner: runner, firstSeed: options.seed, episodes: episodes)
        say(provenance, subject.title, policies.count, episodes, scenario)
        // Whoever interrupts does not wait for the step's end, and the farm is given back.
        let end = (vector as? RemoteVector)?.end
        let interrupt = InterruptFlag { end?() }
        let bar = ProgressBar(provenance.name, unit: "steps")
        let course = session.run(policies, tracedSeed: options.tracedSeed) { done, all in
            bar.update(done, all)
            return !interrupt.isRaised
        }
        bar.update(1, 1)
        let played = course.results.first?.episodes.count ?? 0
        let failure = course.failure.map {
            EpisodesNotPlayed(reason: $0, wanted: episodes, played: played, exitCode: interrupt.exitCode)
        }
        if let failure, played == 0 { try failure.raise() }
        let fixed = course.results.filter { $0.policy.hasPrefix("static:") }
        let result = EvaluationResult(
            scenario: subject.title, episodes: played, seed: options.seed, action: action.value.string ?? "",
            policies: course.results, baseline: options.baseline ?? course.results.first?.policy,
            fixedLine: fixed.count > 1 ? fixed : [], provenance: provenance, isOneWorkload: subject.isOneWorkload,
            measured: FarmSession.measured, notes: course.notes)
        return (result, failure)
    }

    /// The scenario named; otherwise the agents', where they agree; otherwise the demo.
    private func subject() throws -> EvaluatedScenario {
        if let name = options.scenario { return try EvaluatedScenario(name) }
        let texts = try PolicyList.checkpoints(options.policies).compactMap { file, checkpoint -> (String, String)? in
            checkpoint.origin.arguments.first { $0.key == "scenario" }?.value.string.map { (file, $0) }
        }
        guard let (first, text) = texts.first else { return try EvaluatedScenario("demo") }
        if let other = texts.first(where: { $0.1 != text }) {
            throw ValidationError(
                "\(first) and \(other.0) were trained on different scenarios; name one with --scenario")
        }
        return EvaluatedScenario(try Scenario(argument: text))
    }

    /// What would be refused in the end is refused before anything is played.
    private func check(_ names: [String]) throws(EvaluationError) {
        if let name = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw .duplicatePolicy(policy: names[name])
        }
        if let baseline = options.baseline, !names.contains(baseline) {
            throw .unknownBaseline(baseline: baseline, known: names)
        }
    }

    /// What is going to be played, on standard error: a live farm takes real time and real workers.
    private func say(
        _ provenance: Provenance, _ title: String, _ policies: Int, _ episodes: Int, _ scenario: Scenario
    ) {
        var text = "\(provenance): \(title), \(policies) policies × \(episodes) episodes"
        if case .live(_, let speed) = provenance {
            let seconds = Double(policies * episodes) * scenario.horizon / speed
            text += ", at most \(Int(clamping: (seconds / 60).rounded(.up))) min and the resets"
        }
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}

/// Fewer episodes than wanted.
struct EpisodesNotPlayed: Error, CustomStringConvertible {
    let reason: String
    let wanted: Int
    let played: Int
    /// Of a program that was interrupted.
    let exitCode: ExitCode?

    var description: String {
        "\(played) of \(wanted) episodes of each policy were played to their end: "
            + (exitCode == nil ? reason : "interrupted")
    }

    /// - Throws: this, or the exit code of an interrupted program, once this is on standard error.
    func raise() throws -> Never {
        guard let exitCode else { throw self }
        FileHandle.standardError.write(Data("Error: \(self)\n".utf8))
        throw exitCode
    }
}
