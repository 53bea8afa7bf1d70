import Farm
public import FarmEnvironments

/// What a suite produced, before any statistics.
public struct SuiteResult: Sendable, Hashable {
    public var loads: [SuiteLoadResult]
    /// As they were asked for; every load has an entry for each.
    public var policies: [String]
    public var reward: RewardWeights
    public var goal: Goal?
    /// The first seed of the test episodes.
    public var seed: UInt64
    /// What it took, in real seconds.
    public var seconds: Double
}

/// A policy, or a yardstick, on one load.
public struct SuiteEntry: Sendable, Hashable {
    /// The text in the suite's list.
    public var asked: String
    /// The text with the parameters that were chosen.
    public var played: String
    /// Its episodes on each test segment.
    public var segments: [PolicyResult] = []
    /// Why it does not play this load; nil where it does.
    public var refusal: String?
}

/// What the policies came to on a load.
public struct SuiteLoadResult: Sendable, Hashable {
    /// A test segment.
    public struct Segment: Sendable, Hashable {
        /// Name and version of its scenario.
        public var scenario: String
        public var windows: Int
        /// What a reward is multiplied by to be in units of missed tasks; nil where worker-seconds count, because of a goal.
        public var scale: Double?
    }

    public var load: String
    public var summary: String
    /// Name and version of the scenario that parameters were chosen on.
    public var tuning: String
    public var segments: [Segment]
    /// Episodes of each segment: a round is one of each, of the same seed.
    public var rounds: Int
    /// In the order of the suite's policies.
    public var entries: [SuiteEntry]
    public var goal: Goal?
    /// The best operators' rule with parameters chosen on these very episodes.
    public var inSample: SuiteEntry?
    /// The best plans found with the tasks known beforehand.
    public var hindsight: SuiteEntry?
    /// The look-ahead that is told how many tasks each window will bring.
    public var trueCounts: SuiteEntry?

    init(
        load: String, summary: String, tuning: String, segments: [Segment], rounds: Int, entries: [SuiteEntry],
        goal: Goal? = nil
    ) {
        (self.load, self.summary, self.tuning, self.segments) = (load, summary, tuning, segments)
        (self.rounds, self.entries, self.goal) = (rounds, entries, goal)
    }

    /// The cost of each round: missed tasks, and workers at their price in missed tasks, summed over the segments; with a goal
    /// paid worker-seconds. Empty where the entry does not play.
    func costs(_ entry: SuiteEntry) -> [Double] {
        sums(entry) { episode, segment in
            guard let scale = segments[segment].scale else { return episode.workerSeconds }
            return 0 - episode.reward * scale
        }
    }

    /// A metric in each round, averaged over the segments.
    func values(_ metric: Metric, _ entry: SuiteEntry) -> [Double] {
        sums(entry) { episode, _ in episode[metric] }.map { $0 / Double(segments.count) }
    }

    private func sums(_ entry: SuiteEntry, _ value: (EpisodeResult, Int) -> Double) -> [Double] {
        guard entry.refusal == nil, entry.segments.count == segments.count else { return [] }
        return (0..<rounds).map { round in
            entry.segments.enumerated().reduce(0) { sum, segment in
                guard segment.element.episodes.indices.contains(round) else { return sum }
                return sum + value(segment.element.episodes[round], segment.offset)
            }
        }
    }

    /// The best of several entries: the cheapest; with a goal the cheapest of those that keep it, or the nearest.
    ///
    /// - Throws: `noEpisodes`.
    func best(of entries: [SuiteEntry]) throws(EvaluationError) -> SuiteEntry? {
        let playing = entries.filter { !costs($0).isEmpty }
        guard let goal else { return playing.min { Sample.mean(costs($0)) < Sample.mean(costs($1)) } }
        let pooled = playing.map { entry in
            PolicyResult(policy: entry.played, episodes: rounds(of: entry))
        }
        return try Objective.goal(goal).best(of: pooled).map { playing[$0.index] }
    }

    /// A round as an episode whose numbers are means over the segments.
    func rounds(of entry: SuiteEntry) -> [EpisodeResult] {
        (0..<rounds).map { round in
            EpisodeResult(
                meanOf: entry.segments.compactMap { $0.episodes.indices.contains(round) ? $0.episodes[round] : nil })
        }
    }

    static func title(_ scenario: Scenario) -> String { "\(scenario.name)@\(scenario.version)" }
}

extension SuiteLoadResult.Segment {
    /// - Parameter prices: whether rewards count.
    init(_ scenario: Scenario, prices: Bool) {
        self.init(
            scenario: SuiteLoadResult.title(scenario), windows: scenario.steps,
            scale: prices ? FarmScale(scenario).tasksPerStep : nil)
    }
}
