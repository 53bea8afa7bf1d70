extension LearnerConfiguration {
    /// What a setting means, in a line for people; nil for a name that is none of the algorithm's.
    public func meaning(of name: String) -> String? {
        guard entries.contains(where: { $0.name == name }) || optionalNames.contains(name) else { return nil }
        let own =
            switch self {
            case .ppo: LearnerConfiguration.ofPPO
            case .doubleDQN: LearnerConfiguration.ofDoubleDQN
            case .sarsa: LearnerConfiguration.ofSARSA
            }
        return own[name] ?? LearnerConfiguration.shared[name]
    }

    /// Names of all settings, those that have no value now included, sorted.
    public var names: [String] { Set(entries.map(\.name)).union(optionalNames).sorted() }

    private static let shared = [
        "environments": "sub-environments that step together",
        "totalSteps": "environment steps of a whole run, over which schedules run",
        "minibatchSize": "transitions of a gradient step",
        "discount": "gamma, 0 to 1: what a reward a step later is worth",
        "maxGradientNorm": "largest global norm of the gradients",
        "hidden": "units of the hidden layers",
        "activation": "tanh or relu",
        "seed": "of everything random",
    ]

    private static let ofPPO = [
        "stepsPerRound": "steps of each sub-environment between two updates",
        "epochs": "passes over a round's transitions",
        "gaeLambda": "lambda of the advantage estimation, 0 to 1",
        "learningRate": "Adam's: a number, or {from, to, fraction} linear over the run",
        "clipRange": "how far the probability ratio may leave 1 with a gradient: a number or {from, to, fraction}",
        "clipsValueLoss": "whether a value's step is clipped likewise",
        "entropyCoefficient": "weight of the policy's entropy in the loss",
        "valueCoefficient": "weight of half the value's squared error; Stable-Baselines3's vf_coef 0.5 is 1 here",
        "normalisesAdvantages": "whether each minibatch's advantages get mean 0 and deviation 1",
        "targetKL": "a round ends early once the approximate KL divergence is 1.5 times this; null: never",
        "normalisesObservations": "whether observations are scaled by their running mean and variance",
        "normalisesRewards": "whether rewards are divided by the running deviation of the discounted return",
        "initialLogDeviation": "logarithm of a Gaussian policy's deviation at first",
    ]

    private static let ofDoubleDQN = [
        "replayCapacity": "transitions kept; the oldest go first",
        "learningStarts": "environment steps before the first gradient step",
        "trainingPeriod": "environment steps from one bout of gradient steps to the next",
        "gradientSteps": "gradient steps of a bout",
        "learningRate": "Adam's: a number, or {from, to, fraction} linear over the run",
        "exploration": "share of random actions: {from, to, fraction} over the run, {from, factor, to} by episodes",
        "explorationExponent":
            "a random action goes on for n steps (1 to 100) as probably as n^-this; null: for one",
        "targetPeriod": "environment steps from one update of the target network to the next",
        "targetFraction": "by which fraction the target network then moves; 1 copies",
        "rewardBound": "rewards are clipped to plus or minus this; null: not",
        "errorBound": "Huber's loss is linear beyond this error; null: squared everywhere",
        "scalesObservations": "whether observations are scaled to -1 to 1 where their space has bounds",
        "isDouble": "whether the learning network chooses the action whose value follows",
    ]

    private static let ofSARSA = [
        "features": "what an observation's values are sums over: tiles, or the paper's bins",
        "stepSize": "alpha, shared among the features of an observation: a number or a schedule",
        "lambda": "of the eligibility traces, 0 to 1",
        "trace": "accumulating or replacing, on a feature's repeated visit",
        "traceThreshold": "traces below this are forgotten",
        "exploration": "share of random actions: a number, or a schedule",
        "prefersLast": "whether the last of equally good actions is taken",
        "ignoresTermination": "whether a terminated episode is thought to go on, as in the paper's code",
    ]
}
