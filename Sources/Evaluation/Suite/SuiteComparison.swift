import Foundation

/// A suite's result with its statistics: what every report of it is made from. Equal results give equal statistics.
public struct SuiteComparison: Sendable {
    /// A policy or yardstick on a load.
    public struct Row: Sendable, Hashable {
        /// As in the suite's list, or the yardstick's name.
        public var asked: String
        /// With the parameters that were chosen.
        public var played: String
        /// Means over the test segments and seeds.
        public var metrics: MetricValues<Interval>
        /// Of an episode: in missed tasks, or with a goal in paid worker-seconds.
        public var cost: Interval
        /// Cost over that of the best tuned operators' rule; nil where there is none, or it costs nothing.
        public var ratio: Interval?
        /// Cost over that of the best operators' rule in sample.
        public var inSampleRatio: Interval?
        /// The share that it closes of the gap between the best tuned operators' rule and the true counts: 0 is that rule, 1
        /// is all.
        public var toTrueCounts: Double?
        /// The same to hindsight.
        public var toHindsight: Double?
        /// With a goal: how it stands to it.
        public var standing: Goal.Standing?
    }

    /// A load's table.
    public struct Load: Sendable {
        public var result: SuiteLoadResult
        /// In the order of the suite's list; nil for a policy that does not play this load.
        public var policies: [Row?]
        /// The best tuned operators' rule: one of ``policies``.
        public var reference: Row?
        /// What nobody can be: the best rule in sample, true counts, hindsight.
        public var yardsticks: [Row]
        /// Misses that hindsight has too, as a share of all tasks; nil where it was not asked for.
        public var unavoidable: Double?
    }

    /// A policy over all loads; nil where it does not play them all.
    public struct Total: Sendable, Hashable {
        public var asked: String
        /// The geometric mean over the loads of the cost ratio to the best tuned operators' rule.
        public var ratio: Interval?
        /// To the best operators' rule in sample.
        public var inSampleRatio: Interval?
    }

    public let result: SuiteResult
    public let loads: [Load]
    /// In the order of the suite's list.
    public let totals: [Total]
    /// Behind each interval.
    public let resamples: Int

    /// - Throws: ``EvaluationError``: `noLoads`, `noEpisodes`, `resamples`.
    public init(
        _ result: SuiteResult, resamples: Int = Bootstrap.defaultResamples, seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        guard !result.loads.isEmpty else { throw .noLoads }
        self.result = result
        self.resamples = resamples
        var samples: [SuiteSample] = []
        var loads: [Load] = []
        for (index, load) in result.loads.enumerated() {
            // Loads are independent: none is to have the resamples of another.
            let bootstrap = try Bootstrap(episodes: load.rounds, resamples: resamples, seed: seed &+ UInt64(index))
            let sample = SuiteSample(load, bootstrap)
            samples.append(sample)
            loads.append(try sample.table())
        }
        self.loads = loads
        totals = result.policies.indices.map { policy in
            Total(
                asked: result.policies[policy],
                ratio: SuiteSample.geometricMean(
                    zip(samples, loads).map { sample, load in
                        sample.ratio(load.result.entries[policy], to: load.reference.flatMap(sample.entry))
                    }),
                inSampleRatio: SuiteSample.geometricMean(
                    zip(samples, loads).map { sample, load in
                        sample.ratio(load.result.entries[policy], to: load.result.inSample)
                    }))
        }
    }
}

/// A load's episodes with the resamples of them.
struct SuiteSample {
    private let load: SuiteLoadResult
    private let bootstrap: Bootstrap

    init(_ load: SuiteLoadResult, _ bootstrap: Bootstrap) {
        self.load = load
        self.bootstrap = bootstrap
    }

    /// A ratio of means, on the sample, on each resample, and without each round.
    struct Ratio {
        var estimate: Double
        var replicates: [Double]
        var jackknife: [Double]
        let bootstrap: Bootstrap

        var interval: Interval {
            bootstrap.interval(
                estimate, replicates: replicates, jackknife: jackknife, sd: Sample.deviation(replicates))
        }
    }

    /// Nil where one of both does not play, or a mean that is divided by is not above 0.
    func ratio(_ entry: SuiteEntry, to other: SuiteEntry?) -> Ratio? {
        guard let other else { return nil }
        let (costs, others) = (load.costs(entry), load.costs(other))
        guard !costs.isEmpty, !others.isEmpty else { return nil }
        func quotients(_ values: ([Double]) -> [Double]) -> [Double]? {
            let (above, below) = (values(costs), values(others))
            guard below.allSatisfy({ $0 > 0 }), above.allSatisfy({ $0 > 0 }) else { return nil }
            return zip(above, below).map { $0 / $1 }
        }
        guard let estimate = quotients({ [Sample.mean($0)] })?.first,
            let replicates = quotients(bootstrap.replicateMeans), let jackknife = quotients(bootstrap.jackknifeMeans)
        else { return nil }
        return Ratio(estimate: estimate, replicates: replicates, jackknife: jackknife, bootstrap: bootstrap)
    }

    /// The entry that a row is of.
    func entry(_ row: SuiteComparison.Row) -> SuiteEntry? { load.entries.first { $0.asked == row.asked } }

    /// The geometric mean over the loads, with the interval of what all of them leave open; nil where one is missing.
    static func geometricMean(_ ratios: [Ratio?]) -> Interval? {
        let known = ratios.compactMap(\.self)
        guard known.count == ratios.count, let first = known.first else { return nil }
        let count = Double(known.count)
        let estimate = known.reduce(0) { $0 + log($1.estimate) } / count
        let resamples = known.map(\.replicates.count).max() ?? 1
        let replicates = (0..<resamples).map { index in
            exp(known.reduce(0) { $0 + log($1.replicates[index % $1.replicates.count]) } / count)
        }
        let jackknife = known.flatMap { ratio in
            ratio.jackknife.map { exp(estimate + (log($0) - log(ratio.estimate)) / count) }
        }
        // Of the load whose sample is smallest: the widest tails.
        let bootstrap = known.map(\.bootstrap).filter { $0.episodes > 1 }.min { $0.episodes < $1.episodes }
        return (bootstrap ?? first.bootstrap).interval(
            exp(estimate), replicates: replicates, jackknife: jackknife, sd: Sample.deviation(replicates))
    }

    func table() throws(EvaluationError) -> SuiteComparison.Load {
        let references = load.entries.filter { SuiteRuns.references.contains(SuiteSample.name($0.asked)) }
        let reference = try load.best(of: references)
        let yardsticks = [load.inSample, load.trueCounts, load.hindsight].compactMap(\.self)
        let policies = load.entries.map { row($0, reference) }
        return SuiteComparison.Load(
            result: load, policies: policies,
            reference: policies.compactMap(\.self).first { $0.asked == reference?.asked },
            yardsticks: yardsticks.compactMap { row($0, reference) },
            unavoidable: load.hindsight.map { 1 - Sample.mean(load.values(.qos, $0)) })
    }

    /// A policy's name without its parameters.
    private static func name(_ text: String) -> String { String(text.prefix { $0 != ":" }) }

    private func row(_ entry: SuiteEntry, _ reference: SuiteEntry?) -> SuiteComparison.Row? {
        let costs = load.costs(entry)
        guard !costs.isEmpty else { return nil }
        let segments = Double(load.segments.count)
        let metrics = MetricValues { bootstrap.mean(of: load.values($0, entry)) }
        var row = SuiteComparison.Row(
            asked: entry.asked, played: entry.played, metrics: metrics,
            cost: bootstrap.mean(of: costs.map { $0 / segments }))
        row.ratio = ratio(entry, to: reference)?.interval
        row.inSampleRatio = ratio(entry, to: load.inSample)?.interval
        row.toTrueCounts = closed(entry, from: reference, to: load.trueCounts)
        row.toHindsight = closed(entry, from: reference, to: load.hindsight)
        row.standing = load.goal.map { $0.standing(metrics[$0.metric]) }
        return row
    }

    private func closed(_ entry: SuiteEntry, from reference: SuiteEntry?, to yardstick: SuiteEntry?) -> Double? {
        guard let reference, let yardstick else { return nil }
        let gap = Sample.mean(load.costs(reference)) - Sample.mean(load.costs(yardstick))
        guard gap > 0 else { return nil }
        return (Sample.mean(load.costs(reference)) - Sample.mean(load.costs(entry))) / gap
    }
}
