import Farm
import FarmEnvironments
public import FarmPolicies
public import Gymnasium

/// Policies on a farm of a server: a live one, or a simulated one of a daemon.
///
///     let runs = FarmSessionRuns(runner, on: subject, policies, firstSeed: 1_000_001)
///     try runs.check()
///     let vector = try await source.vector(FarmEnvironmentRegistration.id, runs.arguments, count: 1, autoresetMode: .disabled)
///     let (result, failure) = try runs.run(on: vector, provenance, episodes: 3)
public struct FarmSessionRuns {
    private let runner: EpisodeRunner
    private let subject: EvaluatedScenario
    private let policies: [any FarmPolicy]
    private let firstSeed: UInt64
    /// The policy that others are compared with; nil: the first.
    public var baseline: String?
    /// The seed whose windows are kept; nil keeps none.
    public var tracedSeed: UInt64?

    public init(
        _ runner: EpisodeRunner, on subject: EvaluatedScenario, _ policies: [any FarmPolicy], firstSeed: UInt64
    ) {
        self.runner = runner
        self.subject = subject
        self.policies = policies
        self.firstSeed = firstSeed
    }

    /// Episodes of each policy where nothing is said: those of a live farm take their time.
    public static let liveEpisodes = 3

    /// What would be refused in the end is refused before anything is played.
    public func check() throws(EvaluationError) {
        let names = policies.map(\.name)
        if let name = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw .duplicatePolicy(policy: names[name])
        }
        if let baseline, !names.contains(baseline) { throw .unknownBaseline(baseline: baseline, known: names) }
    }

    /// The arguments that the farm has to be made with, beyond its place.
    public var arguments: [Value.Entry] {
        [Value.Entry("scenario", .text(runner.scenario.yaml))] + FarmSession.arguments(reward: runner.reward)
    }

    /// What is going to be played: a live farm takes real time and real workers.
    public func announcement(_ provenance: Provenance, episodes: Int) -> String {
        let text = "\(provenance): \(subject.title), \(policies.count) policies × \(episodes) episodes"
        guard case .live(_, let speed) = provenance else { return text }
        let seconds = Double(policies.count * episodes) * runner.scenario.horizon / speed
        let minutes = Int(min((seconds / 60).rounded(.up), 1e15))
        return text + ", at most \(minutes) min and the resets"
    }

    /// Plays.
    ///
    /// - Parameters:
    ///   - vector: one farm, made with ``arguments``, in the autoreset mode `disabled`.
    ///   - progress: called after each step, with the steps done and those there are at most; false ends it.
    /// - Returns: what was played, and why it was less than wanted, if so.
    /// - Throws: ``EpisodesNotPlayed`` where nothing was played; `EvaluationError`.
    public func run(
        on vector: any ImmediateRows, _ provenance: Provenance, episodes: Int,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws -> (result: EvaluationResult, failure: EpisodesNotPlayed?) {
        let session = try FarmSession(vector, runner: runner, firstSeed: firstSeed, episodes: episodes)
        let course = session.run(policies, tracedSeed: tracedSeed, progress: progress)
        let played = course.results.first?.episodes.count ?? 0
        let failure = course.failure.map { EpisodesNotPlayed(reason: $0, wanted: episodes, played: played) }
        if let failure, played == 0 { throw failure }
        let fixed = course.results.filter { $0.policy.hasPrefix("static:") }
        let result = EvaluationResult(
            scenario: subject.title, episodes: played, seed: firstSeed, action: runner.action.value.string ?? "",
            policies: course.results, baseline: baseline ?? course.results.first?.policy,
            fixedLine: fixed.count > 1 ? fixed : [], provenance: provenance, isOneWorkload: subject.isOneWorkload,
            measured: FarmSession.measured, notes: course.notes)
        return (result, failure)
    }
}

/// Fewer episodes than wanted.
public struct EpisodesNotPlayed: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    let wanted: Int
    let played: Int

    public var description: String { text(reason) }

    /// - Parameter reason: as people are to read it.
    public func text(_ reason: String) -> String {
        "\(played) of \(wanted) episodes of each policy were played to their end: \(reason)"
    }
}
