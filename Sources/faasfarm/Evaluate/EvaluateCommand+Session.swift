import ArgumentParser
import EnvironmentCatalogue
import EnvironmentClient
import Evaluation
import Farm
import FarmEnvironments
import Files
import Gymnasium
import Learning
import Terminal

/// Policies on a farm of a server.
extension EvaluateCommand {
    func playSession(on endpoint: String, _ page: OutputFile?) async throws {
        let subject = try sessionSubject()
        let list = try PolicyList(policies, for: subject.scenario).policies
        var runs = FarmSessionRuns(try runner(subject.scenario), on: subject, list, firstSeed: seed)
        (runs.baseline, runs.tracedSeed) = (baseline, tracedSeed)
        try runs.check()
        if tune || hindsight > 0 || trueCounts {
            throw ValidationError(
                "--tune, --hindsight and --true-counts simulate thousands of episodes; they are not for --endpoint")
        }
        let source = EnvironmentSource(endpoint: endpoint, patience: patience, keys: try keys.clientKeys())
        let vector = try await source.vector(
            FarmEnvironmentRegistration.id, place.place.arguments + runs.arguments, count: 1, autoresetMode: .disabled)
        defer { vector.closeNow() }
        let provenance = Provenance(environmentID: vector.spec.id, arguments: vector.arguments)
        try place.place.check(provenance)
        let usual = provenance.isLive ? FarmSessionRuns.liveEpisodes : EvaluateCommand.usualEpisodes
        let episodes = episodeCount ?? (subject.isOneWorkload ? 1 : usual)
        StandardError.say(runs.announcement(provenance, episodes: episodes))
        // Whoever interrupts does not wait for the step's end, and the farm is given back.
        let end = (vector as? RemoteVector)?.end
        let interrupt = InterruptFlag { end?() }
        let bar = ProgressBar(provenance.name, unit: "steps")
        do {
            let (result, failure) = try runs.run(on: vector, provenance, episodes: episodes) { done, all in
                bar.update(done, all)
                return !interrupt.isRaised
            }
            bar.update(1, 1)
            try write(result, page)
            if let failure { throw failure }
        } catch let failure as EpisodesNotPlayed {
            bar.update(1, 1)
            guard let code = interrupt.exitCode else { throw failure }
            StandardError.say("Error: \(failure.text("interrupted"))")
            throw ExitCode(code)
        }
    }

    /// The scenario named; otherwise the agents', where they agree; otherwise the demo.
    private func sessionSubject() throws -> EvaluatedScenario {
        if let scenario { return try ScenarioArgument.subject(scenario) }
        let texts = try PolicyList.checkpoints(policies).compactMap { file, checkpoint -> (String, String)? in
            checkpoint.origin.arguments["scenario"]?.string.map { (file, $0) }
        }
        guard let (first, text) = texts.first else { return try ScenarioArgument.subject("demo") }
        if let other = texts.first(where: { $0.1 != text }) {
            throw ValidationError(
                "\(first) and \(other.0) were trained on different scenarios; name one with --scenario")
        }
        return EvaluatedScenario(try Scenario(argument: text))
    }
}
