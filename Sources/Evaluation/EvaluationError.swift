/// Why results could not be compared. The description says what was got, what was expected and what to do.
public enum EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is nothing to compare.
    case noPolicies
    /// A suite without loads.
    case noLoads
    /// A policy without episodes, or no values to take a mean of.
    case noEpisodes(policy: String)
    /// Two policies of one name: reports could not tell them apart.
    case duplicatePolicy(policy: String)
    /// The baseline is none of the policies.
    case unknownBaseline(baseline: String, known: [String])
    /// A policy has another number of episodes than the comparison says.
    case episodeCount(policy: String, got: Int, expected: Int)
    /// Episode `index` (from 0) of a policy has another seed than that of the policy it is compared with.
    case unpaired(policy: String, other: String, index: Int, got: UInt64, expected: UInt64)
    /// Traces of different seeds can not be drawn in one picture.
    case traceSeeds(policy: String, other: String, got: UInt64, expected: UInt64)
    /// A value that is not finite, or beyond ±1e100.
    case unusableValue(policy: String, seed: UInt64, name: String, value: String)
    /// A resample count outside 100...100,000.
    case resamples(got: Int)
    /// A reward that is no weighted sum has no lower bound.
    case noLowerBound(reward: String)
    /// A text that is no goal.
    case badGoal(text: String, reason: String)
    /// A goal that a price of workers cannot steer an agent to.
    case unsteerableGoal(goal: String)
    /// A vector that begins new episodes by itself: their seeds would not be the ones to compare on.
    case autoresets(got: String)
    /// A farm that is not of the scenario, or takes other actions than numbers of workers.
    case otherFarm(got: String, scenario: String)

    public var description: String {
        switch self {
        case .noPolicies:
            "got no policies to compare, expected at least one; name a policy"
        case .noLoads:
            "got no loads to compare on, expected at least one; name a load"
        case .noEpisodes(let policy):
            "policy \(policy) has no episodes, expected at least one; run it for one episode or more"
        case .duplicatePolicy(let policy):
            "policy \(policy) is there twice, expected different names; leave one of the two out"
        case .unknownBaseline(let baseline, let known):
            "the baseline is \(baseline), expected one of \(known.joined(separator: ", ")); name one of those, or none"
        case .episodeCount(let policy, let got, let expected):
            "policy \(policy) has \(got) episodes, expected \(expected); run every policy on the same seeds"
        case .unpaired(let policy, let other, let index, let got, let expected):
            "episode \(index) of policy \(policy) has seed \(got), expected \(expected) as that of \(other) has; "
                + "run every policy on the same seeds in the same order"
        case .traceSeeds(let policy, let other, let got, let expected):
            "the trace of policy \(policy) is of seed \(got), expected \(expected) as that of \(other); "
                + "trace the same episode of every policy"
        case .unusableValue(let policy, let seed, let name, let value):
            "policy \(policy), seed \(seed): \(name) is \(value), expected a number within ±1e100; "
                + "leave the episode out for every policy, or give the value that such an episode shall count with"
        case .resamples(let got):
            "got \(got) bootstrap resamples, expected 100 to 100000; 4000 is the default"
        case .badGoal(let text, let reason):
            "the goal \"\(text.prefix(60))\" cannot be read: \(reason); write it as qos>=0.99 or response_time_p95<=2"
        case .unsteerableGoal(let goal):
            "train takes a goal of qos or paper_qos, as in qos>=0.99; got \(goal)"
        case .autoresets(let got):
            "the vector has the autoreset mode \(got), expected disabled; make it so"
        case .otherFarm(let got, let scenario):
            "the farm has the actions \(got), expected one farm of \(scenario) whose action is the number of workers"
        case .noLowerBound(let reward):
            "there is no lower bound for the reward \"\(reward)\", which is no weighted sum; take default or weights"
        }
    }
}
