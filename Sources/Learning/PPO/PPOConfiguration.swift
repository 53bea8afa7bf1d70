/// The hyper-parameters of ``PPO``.
public struct PPOConfiguration: Sendable, Hashable, Codable {
    /// Sub-environments the settings are meant for; the vector decides.
    public var environments = 8
    /// Environment steps of a whole run, over which schedules run.
    public var totalSteps = 100_000
    /// Steps of each sub-environment in a round.
    public var stepsPerRound = 128
    /// Transitions of a gradient step; the last one of an epoch may have fewer.
    public var minibatchSize = 256
    /// Passes over a round's transitions.
    public var epochs = 10
    /// γ, from 0 to 1.
    public var discount = 0.99
    /// λ of the advantage estimation, from 0 to 1.
    public var gaeLambda = 0.95
    public var learningRate = Schedule.constant(3e-4)
    /// By how much the probability ratio may differ from 1 with a gradient.
    public var clipRange = Schedule.constant(0.2)
    /// Whether a value's step is clipped likewise.
    public var clipsValueLoss = false
    public var entropyCoefficient = 0.0
    /// Of half the mean squared error; Stable-Baselines3's `vf_coef` = 0.5 is 1 here, CleanRL's is 0.5 here.
    public var valueCoefficient = 1.0
    /// Largest global norm of the gradients.
    public var maxGradientNorm = 0.5
    public var normalisesAdvantages = true
    /// The round's epochs end once the approximate KL divergence is 1.5 times this; nil: never.
    public var targetKL: Double?
    public var hidden = [64, 64]
    public var activation = DenseNetwork.Activation.tanh
    /// Whether observations are scaled by their running mean and variance.
    public var normalisesObservations = false
    /// Whether rewards are divided by the running deviation of the discounted return.
    public var normalisesRewards = false
    /// The logarithm of a Gaussian policy's deviation at first.
    public var initialLogDeviation = 0.0
    public var seed: UInt64 = 1

    public init() {}

    /// - Throws: what is out of its range.
    public func validate() throws(LearningError) {
        func check(_ holds: Bool, _ message: String) throws(LearningError) {
            if !holds { throw LearningError(.configuration, message) }
        }
        try check(totalSteps >= 1, "totalSteps is \(totalSteps); it must be 1 or more")
        try check(
            1...1_000_000 ~= stepsPerRound, "stepsPerRound is \(stepsPerRound); it must be from 1 to 1,000,000")
        try check(
            1...1_000_000 ~= minibatchSize, "minibatchSize is \(minibatchSize); it must be from 1 to 1,000,000")
        try check(1...1_000 ~= epochs, "epochs is \(epochs); it must be from 1 to 1,000")
        try check(0...1 ~= discount, "discount is \(discount); it must be from 0 to 1")
        try check(0...1 ~= gaeLambda, "gaeLambda is \(gaeLambda); it must be from 0 to 1")
        try SettingBounds.check(environments: environments)
        try SettingBounds.check("learningRate", learningRate, in: 0...100)
        try SettingBounds.check("clipRange", clipRange, in: 0...100)
        try SettingBounds.check("entropyCoefficient", entropyCoefficient, in: -1e6...1e6)
        try SettingBounds.check("valueCoefficient", valueCoefficient, in: 0...1e6)
        try SettingBounds.check("initialLogDeviation", initialLogDeviation, in: -20...20)
        if let targetKL { try SettingBounds.check("targetKL", targetKL, in: 0...1e6) }
        try check(maxGradientNorm > 0, "maxGradientNorm is \(maxGradientNorm); it must be above 0")
        try check(
            hidden.count <= 8 && hidden.allSatisfy { 1...4_096 ~= $0 },
            "hidden is \(hidden); it must be up to 8 layers of 1 to 4,096 units")
    }
}

extension PPOConfiguration {
    /// RL Baselines3 Zoo's settings for CartPole-v1.
    public static var zooCartPole: PPOConfiguration {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 32
        settings.epochs = 20
        settings.discount = 0.98
        settings.gaeLambda = 0.8
        settings.learningRate = .linear(from: 1e-3, to: 0)
        settings.clipRange = .linear(from: 0.2, to: 0)
        return settings
    }

    /// RL Baselines3 Zoo's settings for Acrobot-v1.
    public static var zooAcrobot: PPOConfiguration {
        var settings = PPOConfiguration()
        settings.environments = 16
        settings.totalSteps = 1_000_000
        settings.stepsPerRound = 256
        settings.minibatchSize = 64
        settings.epochs = 4
        settings.gaeLambda = 0.94
        settings.normalisesObservations = true
        settings.normalisesRewards = true
        return settings
    }

    /// RL Baselines3 Zoo's settings for Pendulum-v1, without its state-dependent exploration.
    public static var zooPendulum: PPOConfiguration {
        var settings = PPOConfiguration()
        settings.environments = 4
        settings.stepsPerRound = 1_024
        settings.minibatchSize = 64
        settings.discount = 0.9
        settings.learningRate = .constant(1e-3)
        return settings
    }

    /// The defaults of CleanRL's `ppo.py`.
    public static var cleanRL: PPOConfiguration {
        var settings = PPOConfiguration()
        settings.environments = 4
        settings.totalSteps = 500_000
        settings.minibatchSize = 128
        settings.epochs = 4
        settings.learningRate = .linear(from: 2.5e-4, to: 0)
        settings.clipsValueLoss = true
        settings.entropyCoefficient = 0.01
        settings.valueCoefficient = 0.5
        return settings
    }

    /// For farms: many short episodes in the simulator, observations and rewards scaled. Without the former most of an
    /// observation's numbers hardly move, and trainings end at "always one more".
    public static var farm: PPOConfiguration {
        var settings = PPOConfiguration()
        settings.environments = 64
        settings.totalSteps = 2_000_000
        settings.stepsPerRound = 64
        settings.minibatchSize = 1_024
        settings.epochs = 6
        settings.learningRate = .linear(from: 5e-4, to: 1e-5)
        settings.entropyCoefficient = 0.01
        settings.normalisesObservations = true
        settings.normalisesRewards = true
        return settings
    }

    /// The presets by name.
    public static let presets: [(name: String, settings: PPOConfiguration)] = [
        ("zoo-cartpole", .zooCartPole), ("zoo-acrobot", .zooAcrobot), ("zoo-pendulum", .zooPendulum),
        ("cleanrl", .cleanRL), ("farm", .farm),
    ]
}
