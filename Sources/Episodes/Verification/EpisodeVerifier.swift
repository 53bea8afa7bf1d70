public import Gymnasium
import Randomness

/// Checks recorded episodes: simulated ones by running them again, all of them for what must hold.
public struct EpisodeVerifier {
    private let store: EpisodeStore
    private let registry: EnvironmentRegistry

    /// - Parameter registry: makes the environments of simulated episodes.
    public init(_ store: EpisodeStore, registry: EnvironmentRegistry) {
        self.store = store
        self.registry = registry
    }

    /// Checks one episode. One that still runs is checked as far as it is recorded.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func verify(_ id: Int64) async throws -> EpisodeVerdict {
        let episode = try store.episode(id)
        var soundness = EpisodeSoundness(episode)
        var steps: [RecordedStep] = []
        var fault: EpisodeVerdict?
        // A replay is as good as what it replayed.
        let isReplay = episode.summary.environmentID == ReplayEnvironment.spec.id
        let isRerun = !isReplay && (episode.isReproducible ?? isSimulated(episode))
        try store.forEachStep(of: id) { step in
            if fault == nil, let reason = soundness.fault(step) { fault = .unsound(step: step.index, reason) }
            if isRerun { steps.append(step) }
        }
        if let fault { return fault }
        if let reason = soundness.faultAtEnd(
            try store.tasks(of: id), account: try store.taskAccount(of: id), isLive: !isRerun && !isReplay)
        {
            return .unsound(step: 0, reason)
        }
        return isRerun ? try await rerun(episode, steps) : .sound(steps: soundness.length)
    }

    /// For recordings of schema 1, which do not say.
    private func isSimulated(_ episode: Episode) -> Bool {
        episode.arguments.contains { $0.key == "backend" && $0.value.string == "simulator" }
    }

    /// What the recording was made by, where that is not what runs here.
    private func reason(_ episode: Episode) -> String? {
        guard !episode.platform.isEmpty, episode.platform != Platform.text else { return nil }
        // Farms compute with nothing that platforms do differently; the system's sine and cosine are not alike everywhere.
        guard let machine = Platform.machine(of: episode.platform), machine != Platform.machine(of: Platform.text)
        else { return nil }
        return "it was recorded on another platform, \(episode.platform), whose sine and cosine may differ"
    }

    /// Of an episode that differs from its beginning.
    private func optionsReason(_ episode: Episode) -> String? {
        guard episode.options == nil else { return nil }
        return
            "this recording, of schema 2 or earlier, does not say which options the reset had; with some, that is why"
    }

    private func rerun(_ episode: Episode, _ steps: [RecordedStep]) async throws -> EpisodeVerdict {
        let hasInfo = !episode.info.isEmpty || steps.dropLast().contains { !$0.result.info.isEmpty }
        let again: EpisodeRerun
        do {
            again = try await EpisodeRerun(episode, registry: registry, infoDetail: hasInfo ? nil : .ends)
        } catch let error as EnvironmentError {
            return .notRun("it could not be made again: \(error)")
        }
        var comparison = EpisodeComparison(
            reason: reason(episode), reasonOfReset: optionsReason(episode),
            redefined: episode.options == nil ? EpisodeComparison.redefinedSinceSchema2 : [])
        if again.beginning.seed != episode.summary.seed {
            return .differs(
                comparison.difference(
                    0, "seed", "\(episode.summary.seed)", "\(again.beginning.seed)"))
        }
        if let difference = comparison.values(0, "observation", episode.observation, again.beginning.observation)
            ?? comparison.infos(0, episode.info, again.beginning.info)
        {
            return .differs(difference)
        }
        for step in steps {
            let result: StepResult
            do {
                result = try again.step(step.action)
            } catch {
                return .differs(comparison.difference(step.index, "step", "answered", "refused: \(error)"))
            }
            if let difference = comparison.steps(step, result) { return .differs(difference) }
        }
        return .same(steps: steps.count, later: comparison.later.sorted())
    }
}
