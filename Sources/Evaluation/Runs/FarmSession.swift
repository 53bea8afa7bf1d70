import Farm
public import FarmEnvironments
public import FarmPolicies
public import Gymnasium
import Randomness

/// Episodes of policies on a farm elsewhere, one after the other: a live one, or a simulated one of a daemon.
///
/// Rules and trained agents alike decide on the windows' metrics, which come in the infos, so that all of them play on one
/// session. Policies take turns seed by seed: what changes on the platform in the meantime meets all of them.
public struct FarmSession {
    private let vector: any ImmediateRows
    private let buffers: RowBuffers
    private let runner: EpisodeRunner
    /// The first episode's seed; episode i has the seed `firstSeed` + i.
    public let firstSeed: UInt64
    /// Episodes of each policy.
    public let episodes: Int

    /// The measures that there are of such an episode. The response times of single tasks and a drain are not told.
    public static let measured: [Metric] = Metric.allCases.filter {
        ![.paperQoS, .responseTimeP50, .responseTimeP95, .responseTimeP99].contains($0)
    }

    /// The arguments, beyond scenario and place, that the farm's environment has to be made with.
    public static func arguments(reward: RewardScheme) -> [Value.Entry] {
        [
            Value.Entry("action", ActionScheme.target.value), Value.Entry("info", "full"),
            Value.Entry("reward", reward.value),
        ]
    }

    /// - Parameters:
    ///   - vector: one farm, made with ``arguments(reward:)``, in the autoreset mode `disabled`.
    ///   - runner: with the farm's scenario, and what a policy may do in a step.
    /// - Throws: `EvaluationError` for a vector in another mode, for no episodes, and for a farm that is not such a one.
    public init(
        _ vector: any ImmediateRows, runner: EpisodeRunner, firstSeed: UInt64, episodes: Int
    ) throws(EvaluationError) {
        guard episodes > 0 else { throw .noEpisodes(policy: vector.spec.id) }
        guard vector.autoresetMode == .disabled else { throw .autoresets(got: vector.autoresetMode.rawValue) }
        let bounds = runner.scenario.stages.first.workers
        guard vector.count == 1, case .discrete(let space) = vector.actionSpace, space.start == 0,
            space.n == Int64(bounds.max - bounds.min + 1)
        else { throw .otherFarm(got: "\(vector.count) × \(vector.actionSpace)", scenario: runner.scenario.name) }
        self.vector = vector
        self.runner = runner
        self.firstSeed = firstSeed
        self.episodes = episodes
        buffers = RowBuffers(for: vector)
    }

    /// What came of the episodes.
    public struct Course: Sendable {
        /// In the order of the policies, each with the seeds that all of them have played to their end.
        public var results: [PolicyResult]
        /// What the farm had to say, each once, in order.
        public var notes: [String]
        /// Why fewer episodes were played than wanted; nil when all were.
        public var failure: String?
    }

    /// Plays every policy on every seed.
    ///
    /// A farm that fails ends it: what all policies have played by then counts, and ``Course/failure`` says why.
    ///
    /// - Parameters:
    ///   - tracedSeed: the seed whose windows are kept; nil keeps none.
    ///   - progress: called after each step, with the steps done and those there are at most; false ends it.
    public func run(
        _ policies: [any FarmPolicy], tracedSeed: UInt64? = nil, progress: (Int, Int) -> Bool = { _, _ in true }
    ) -> Course {
        var results = policies.map { PolicyResult(policy: $0.name, episodes: []) }
        var notes: [String] = []
        let most = runner.scenario.steps
        let all = episodes * policies.count * most
        var failure: String?
        seeds: for index in 0..<episodes {
            let seed = firstSeed &+ UInt64(index)
            for (place, policy) in policies.enumerated() {
                let begun = (index * policies.count + place) * most
                do {
                    let played = try play(policy, seed: seed, traced: seed == tracedSeed, notes: &notes) { step in
                        progress(min(begun + step, all), all)
                    }
                    results[place].episodes.append(played.result)
                    results[place].trace = results[place].trace ?? played.trace
                } catch {
                    failure = "seed \(seed) of \(policy.name): \(error)"
                    break seeds
                }
            }
        }
        // Of the last seed, some policies may not have had their turn.
        let complete = results.map(\.episodes.count).min() ?? 0
        for place in results.indices {
            results[place].episodes = Array(results[place].episodes.prefix(complete))
            if let trace = results[place].trace, !results[place].episodes.contains(where: { $0.seed == trace.seed }) {
                results[place].trace = nil
            }
        }
        return Course(results: results, notes: notes, failure: failure)
    }

    private func play(
        _ policy: any FarmPolicy, seed: UInt64, traced: Bool, notes: inout [String], progress: (Int) -> Bool
    ) throws -> (result: EpisodeResult, trace: EpisodeTrace?) {
        var policy = policy
        policy.begin(runner.scenario)
        try vector.resetNow(seeds: [Seed(seed)], into: buffers)
        var metrics = try window(&notes)
        var account = EpisodeAccount()
        var windows: [EpisodeTrace.Window] = []
        repeat {
            let wish = runner.allowed(policy.staffing(after: metrics), current: metrics.staffing)
            try step(Int64(wish.first - runner.scenario.stages.first.workers.min))
            metrics = try window(&notes)
            account.add(metrics, reward: buffers.rewards[0])
            if traced { windows.append(EpisodeTrace.Window(metrics)) }
            guard progress(account.steps) else { throw Stopped("interrupted") }
        } while !buffers.terminations[0] && !buffers.truncations[0]
        let reason = vector.info(at: 0).first { $0.key == "reason" }?.value.string ?? "for no reason that was told"
        guard ["finished", "horizon"].contains(reason) else { throw Stopped("the farm ended its episode: \(reason)") }
        return (
            EpisodeResult(account, metrics.totals, seed: seed),
            traced ? EpisodeTrace(seed: seed, windows: windows) : nil
        )
    }

    private func step(_ action: Int64) throws {
        buffers.actions.storeBytes(of: action.littleEndian, as: Int64.self)
        try vector.stepNow(actions: UnsafeRawBufferPointer(buffers.actions), into: buffers)
    }

    private func window(_ notes: inout [String]) throws -> WindowMetrics {
        guard let metrics = WindowMetrics(info: vector.info(at: 0), scenario: runner.scenario) else {
            throw Stopped("the farm's infos have no metrics; is the server of another version?")
        }
        for note in metrics.notes where !notes.contains(note) { notes.append(note) }
        return metrics
    }

    /// What ended an episode before its end.
    private struct Stopped: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
