/// The hyper-parameters of ``PPO``.
///
///     var configuration = try PPOConfiguration.preset("farm")
///     configuration.learningRate = .linear(from: 1e-3, to: 0)
public struct PPOConfiguration: NetworkConfiguration {
    public typealias Agent = PPO

    @Setting(.environments) public var environments = 8
    @Setting(.totalSteps) public var totalSteps = 100_000
    @Setting("steps of each sub-environment between two updates", .within(1...1_000_000)) public var stepsPerRound = 128
    @Setting(.minibatchSize) public var minibatchSize = 256
    @Setting("passes over a round's transitions", .within(1...1_000)) public var epochs = 10
    @Setting(.discount) public var discount = 0.99
    @Setting("lambda of the advantage estimation", .within(0...1)) public var gaeLambda = 0.95
    @Setting(.learningRate) public var learningRate = Schedule.constant(3e-4)
    @Setting(
        "how far the probability ratio may leave 1 with a gradient: a number or {from, to, fraction}", .within(0...100))
    public var clipRange = Schedule.constant(0.2)
    @Setting("whether a value's step is clipped likewise") public var clipsValueLoss = false
    @Setting("weight of the policy's entropy in the loss", .within(-1e6...1e6)) public var entropyCoefficient = 0.0
    /// CleanRL's is 0.5 here.
    @Setting("weight of half the value's squared error; Stable-Baselines3's vf_coef 0.5 is 1 here", .within(0...1e6))
    public var valueCoefficient = 1.0
    @Setting(.maxGradientNorm) public var maxGradientNorm = 0.5
    @Setting("whether each minibatch's advantages get mean 0 and deviation 1") public var normalisesAdvantages = true
    @Setting(
        "a round ends early once the approximate KL divergence is 1.5 times this; null: never",
        .orNull(.within(0...1e6)))
    public var targetKL: Double? = nil
    @Setting(.hidden) public var hidden = [64, 64]
    @Setting(.activation) public var activation = DenseNetwork.Activation.tanh
    @Setting(
        "units of a memory (GRU) of the episode before the hidden layers, one for policy and value each; null: none",
        .orNull(.within(1...1_024)))
    public var recurrentUnits: Int? = nil
    @Setting("whether observations are scaled by their running mean and variance")
    public var normalisesObservations = false
    @Setting("whether rewards are divided by the running deviation of the discounted return")
    public var normalisesRewards = false
    @Setting("logarithm of a Gaussian policy's deviation at first", .within(-20...20))
    public var initialLogDeviation = 0.0
    @Setting(.seed) public var seed: UInt64 = 1

    public init() {}

    public static let algorithm = "ppo"
    public static let summary = "proximal policy optimisation, for all kinds of actions"
    public static let actions = ActionWriter.Form.allCases

    public static let presets = [
        Preset<Self>("zoo-cartpole", "RL Baselines3 Zoo's for CartPole-v1") {
            $0.stepsPerRound = 32
            $0.epochs = 20
            $0.discount = 0.98
            $0.gaeLambda = 0.8
            $0.learningRate = .linear(from: 1e-3, to: 0)
            $0.clipRange = .linear(from: 0.2, to: 0)
        },
        Preset("zoo-acrobot", "RL Baselines3 Zoo's for Acrobot-v1") {
            $0.environments = 16
            $0.totalSteps = 1_000_000
            $0.stepsPerRound = 256
            $0.minibatchSize = 64
            $0.epochs = 4
            $0.gaeLambda = 0.94
            $0.normalisesObservations = true
            $0.normalisesRewards = true
        },
        Preset("zoo-pendulum", "RL Baselines3 Zoo's for Pendulum-v1, without gSDE") {
            $0.environments = 4
            $0.stepsPerRound = 1_024
            $0.minibatchSize = 64
            $0.discount = 0.9
            $0.learningRate = .constant(1e-3)
        },
        // Velocities are to be had from differences, which are small beside 1: without scaling few trainings come to 450.
        Preset("recurrent-cartpole", "a memory; for PositionOnlyCartPole-v1 and CartPole-v1") {
            $0.totalSteps = 200_000
            $0.stepsPerRound = 32
            $0.minibatchSize = 64
            $0.epochs = 10
            $0.discount = 0.98
            $0.gaeLambda = 0.8
            $0.learningRate = .linear(from: 1e-3, to: 0)
            $0.clipRange = .linear(from: 0.2, to: 0)
            $0.normalisesObservations = true
            $0.recurrentUnits = 64
            $0.hidden = [64]
        },
        Preset("cleanrl", "the defaults of CleanRL's ppo.py") {
            $0.environments = 4
            $0.totalSteps = 500_000
            $0.minibatchSize = 128
            $0.epochs = 4
            $0.learningRate = .linear(from: 2.5e-4, to: 0)
            $0.clipsValueLoss = true
            $0.entropyCoefficient = 0.01
            $0.valueCoefficient = 0.5
        },
        // Without scaling most of an observation's numbers hardly move, and trainings end at "always one more".
        Preset("farm", "many simulated farms, observations and rewards scaled", scaleFarms),
        Preset("recurrent-farm", "the same with a memory, in place of a history") {
            scaleFarms(&$0)
            $0.recurrentUnits = 64
            $0.hidden = [64]
        },
    ]

    private static func scaleFarms(_ settings: inout Self) {
        settings.environments = 64
        settings.totalSteps = 2_000_000
        settings.stepsPerRound = 64
        settings.minibatchSize = 1_024
        settings.epochs = 6
        settings.learningRate = .linear(from: 5e-4, to: 1e-5)
        settings.entropyCoefficient = 0.01
        settings.normalisesObservations = true
        settings.normalisesRewards = true
    }

    public var rate: (name: String, schedule: Schedule) { ("learningRate", learningRate) }

    public func function(of checkpoint: Checkpoint) throws(LearningError) -> LearnedFunction {
        let count = PolicyHead(try ActionWriter(checkpoint.origin.actionSpace)).deviationCount
        return try learnedFunction(
            of: "policy", in: checkpoint, isNormalised: normalisesObservations,
            deviations: try checkpoint.floats("log_deviations", count: count))
    }

    /// Sequences of a minibatch, where there are memories: as many rounds of a sub-environment as ``minibatchSize`` transitions
    /// have room for, but one at least and `count` at most. nil without memories, where transitions are taken one by one.
    func sequencesOfMinibatch(of count: Int) -> Int? {
        recurrentUnits.map { _ in min(max(minibatchSize / stepsPerRound, 1), count) }
    }
}
