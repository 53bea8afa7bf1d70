/// The hyper-parameters of ``DoubleDQN``.
public struct DoubleDQNConfiguration: NetworkConfiguration {
    public typealias Agent = DoubleDQN

    @Setting(.environments) public var environments = 1
    @Setting(.totalSteps) public var totalSteps = 100_000
    @Setting("transitions kept; the oldest go first", .within(1...50_000_000)) public var replayCapacity = 50_000
    @Setting("environment steps before the first gradient step", .atLeast(0)) public var learningStarts = 1_000
    @Setting("environment steps from one bout of gradient steps to the next", .atLeast(1)) public var trainingPeriod = 4
    @Setting("gradient steps of a bout", .within(1...1_000_000)) public var gradientSteps = 1
    @Setting(.minibatchSize) public var minibatchSize = 64
    @Setting(.discount) public var discount = 0.99
    @Setting(.learningRate) public var learningRate = Schedule.constant(1e-3)
    @Setting(.exploration) public var exploration = Schedule.linear(from: 1, to: 0.05, fraction: 0.2)
    /// Dabney, Ostrovski and Barreto, "Temporally-extended ε-greedy exploration", 2021. `exploration` is then the probability
    /// that such a bout begins in a step, and the share of random actions is larger.
    @Setting(
        "a random action goes on for n steps (1 to 100) as probably as n^-this; null: for one", .orNull(.within(0...10))
    )
    public var explorationExponent: Double? = nil
    @Setting("environment steps from one update of the target network to the next", .atLeast(1)) public
        var targetPeriod = 500
    @Setting("by which fraction the target network then moves; 1 copies", .within(0...1))
    public var targetFraction = 1.0
    @Setting("rewards are clipped to plus or minus this; null: not", .orNull(.above(0))) public var rewardBound:
        Double? = nil
    /// Where values are far above it, the few transitions that end an episode weigh too little against it: on the pole
    /// estimates then grow beyond any possible return.
    @Setting("Huber's loss is linear beyond this error; null: squared everywhere", .orNull(.above(0)))
    public var errorBound: Double? = 1
    @Setting(.maxGradientNorm) public var maxGradientNorm = 10.0
    /// Otherwise the target network chooses the action that it values itself (van Hasselt, Guez and Silver, 2016).
    @Setting("whether the learning network chooses the action whose value follows") public var isDouble = true
    @Setting("whether observations are scaled to -1 to 1 where their space has bounds; others are kept within 10")
    public var scalesObservations = false
    @Setting(.hidden) public var hidden = [64, 64]
    @Setting(.activation) public var activation = DenseNetwork.Activation.relu
    @Setting(.seed) public var seed: UInt64 = 1

    public init() {}

    public static let algorithm = "double-dqn"
    public static let aliases = ["dqn"]
    public static let summary = "deep Q-learning with double estimators"
    public static let actions = [ActionWriter.Form.discrete]

    public static let presets = [
        // Without a target network that follows slowly most seeds diverge.
        Preset<Self>("cartpole", "squared errors, and a target network that follows slowly") {
            $0.replayCapacity = 100_000
            $0.minibatchSize = 128
            $0.learningRate = .linear(from: 5e-4, to: 5e-5)
            $0.exploration = .linear(from: 1, to: 0.04, fraction: 0.16)
            $0.targetPeriod = 4
            $0.targetFraction = 0.02
            $0.errorBound = nil
            $0.hidden = [128, 128]
        },
        Preset("zoo-cartpole", "RL Baselines3 Zoo's of DQN for CartPole-v1") {
            $0.totalSteps = 50_000
            $0.replayCapacity = 100_000
            $0.trainingPeriod = 256
            $0.gradientSteps = 128
            $0.learningRate = .constant(2.3e-3)
            $0.exploration = .linear(from: 1, to: 0.04, fraction: 0.16)
            $0.targetPeriod = 10
            $0.hidden = [256, 256]
        },
        Preset("zoo-mountaincar", "RL Baselines3 Zoo's of DQN for MountainCar-v0") {
            $0.totalSteps = 120_000
            $0.replayCapacity = 10_000
            $0.trainingPeriod = 16
            $0.gradientSteps = 8
            $0.minibatchSize = 128
            $0.discount = 0.98
            $0.learningRate = .constant(4e-3)
            $0.exploration = .linear(from: 1, to: 0.07, fraction: 0.2)
            $0.targetPeriod = 600
            $0.hidden = [256, 256]
        },
        // The goal is found in time; the transitions that reach it are few; speeds are below a tenth.
        Preset("mountaincar", "random actions that go on, squared errors, scaled observations") {
            $0.totalSteps = 120_000
            $0.gradientSteps = 2
            $0.minibatchSize = 128
            $0.learningRate = .linear(from: 1e-3, to: 5e-5)
            $0.exploration = .linear(from: 1, to: 0.03, fraction: 0.3)
            $0.explorationExponent = 1.5
            $0.targetPeriod = 128
            $0.errorBound = nil
            $0.scalesObservations = true
        },
        Preset("paper", "the paper's as meant: the target network moves every step") {
            runPaper(&$0)
            $0.targetPeriod = 1
        },
        Preset("paper-as-run", "as the paper ran it: the target network hardly moves", runPaper),
        Preset("farm", "several simulated farms, the target copied every 2,000 steps") {
            $0.environments = 8
            $0.totalSteps = 500_000
            $0.replayCapacity = 200_000
            $0.learningStarts = 5_000
            $0.trainingPeriod = 8
            $0.gradientSteps = 2
            $0.minibatchSize = 128
            $0.learningRate = .linear(from: 5e-4, to: 1e-4)
            $0.exploration = .linear(from: 1, to: 0.02, fraction: 0.3)
            $0.targetPeriod = 2_000
            $0.errorBound = nil
            $0.hidden = [128, 128]
        },
    ]

    /// 80 episodes; the target network moves away from its random beginning by one hundredth every 600 steps.
    private static func runPaper(_ settings: inout Self) {
        settings.totalSteps = 2_400
        settings.replayCapacity = 75_000
        settings.learningStarts = 400
        settings.trainingPeriod = 1
        settings.discount = 0.97
        settings.learningRate = .constant(3e-4)
        settings.exploration = .perEpisode(from: 0.8, factor: 0.98, to: 0.05)
        settings.targetPeriod = 600
        settings.targetFraction = 0.01
        settings.rewardBound = 100
        settings.maxGradientNorm = 3
        settings.hidden = [128, 64]
    }

    public var rate: (name: String, schedule: Schedule) { ("learningRate", learningRate) }

    public func checkThatItLearns(from begun: Int, to end: Int) throws(LearningError) {
        try checkRate(from: begun, to: end)
        let first = max(begun, learningStarts)
        guard first < end, end / trainingPeriod > first / trainingPeriod else {
            throw LearningError(
                .configuration,
                "from step \(begun) to step \(end) no gradient step would be taken: they begin after step "
                    + "\(learningStarts) (learningStarts), every \(trainingPeriod) steps "
                    + "(trainingPeriod); ask for more steps, or set these lower")
        }
    }

    public func function(of checkpoint: Checkpoint) throws(LearningError) -> LearnedFunction {
        try learnedFunction(of: "network", in: checkpoint, isNormalised: scalesObservations)
    }

    var recurrentUnits: Int? { nil }
}
