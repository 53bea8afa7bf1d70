/// The hyper-parameters of ``DoubleDQN``.
public struct DoubleDQNConfiguration: Sendable, Hashable, Codable {
    /// Sub-environments the settings are meant for; the vector decides.
    public var environments = 1
    /// Environment steps of a whole run, over which schedules run.
    public var totalSteps = 100_000
    /// Transitions kept.
    public var replayCapacity = 50_000
    /// Environment steps before the first gradient step.
    public var learningStarts = 1_000
    /// Environment steps from one bout of gradient steps to the next.
    public var trainingPeriod = 4
    /// Gradient steps of a bout.
    public var gradientSteps = 1
    public var minibatchSize = 64
    /// γ, from 0 to 1.
    public var discount = 0.99
    public var learningRate = Schedule.constant(1e-3)
    /// The share of random actions.
    public var exploration = Schedule.linear(from: 1, to: 0.05, fraction: 0.2)
    /// A random action goes on for n steps, at most 100, with a probability proportional to n to
    /// the power of minus this (Dabney, Ostrovski and Barreto, "Temporally-extended ε-greedy exploration", 2021); nil: for one.
    ///
    /// `exploration` is then the probability that such a bout begins in a step, and the share of random actions is larger.
    public var explorationExponent: Double?
    /// Environment steps from one update of the target network to the next.
    public var targetPeriod = 500
    /// By which fraction the target network then moves towards the other one; 1 copies it.
    public var targetFraction = 1.0
    /// Rewards are clipped to ± this; nil: they are not.
    public var rewardBound: Double?
    /// The loss is Huber's: half the square of errors up to this, linear beyond; nil: half the square of all.
    ///
    /// Where values are far above it, the few transitions that end an episode weigh too little against it: on the pole
    /// estimates then grow beyond any possible return.
    public var errorBound: Double? = 1
    /// Largest global norm of the gradients.
    public var maxGradientNorm = 10.0
    /// Whether the action whose value follows is chosen by the learning network (van Hasselt, Guez and Silver, 2016), and
    /// not by the target network, which then also values it.
    public var isDouble = true
    /// Whether elements of observations are scaled to −1 to 1 by the bounds of their space; elements without bounds are only
    /// kept within ± 10.
    public var scalesObservations = false
    public var hidden = [64, 64]
    public var activation = DenseNetwork.Activation.relu
    public var seed: UInt64 = 1

    public init() {}

    /// - Throws: what is out of its range.
    public func validate() throws(LearningError) {
        func check(_ holds: Bool, _ message: String) throws(LearningError) {
            if !holds { throw LearningError(.configuration, message) }
        }
        try check(totalSteps >= 1, "totalSteps is \(totalSteps); it must be 1 or more")
        try check(
            1...50_000_000 ~= replayCapacity, "replayCapacity is \(replayCapacity); it must be from 1 to 50,000,000")
        try check(learningStarts >= 0, "learningStarts is \(learningStarts); it must be 0 or more")
        try check(trainingPeriod >= 1, "trainingPeriod is \(trainingPeriod); it must be 1 or more")
        try check(1...1_000_000 ~= gradientSteps, "gradientSteps is \(gradientSteps); it must be from 1 to 1,000,000")
        try check(
            1...1_000_000 ~= minibatchSize, "minibatchSize is \(minibatchSize); it must be from 1 to 1,000,000")
        try check(0...1 ~= discount, "discount is \(discount); it must be from 0 to 1")
        try check(targetPeriod >= 1, "targetPeriod is \(targetPeriod); it must be 1 or more")
        try check(0...1 ~= targetFraction, "targetFraction is \(targetFraction); it must be from 0 to 1")
        try check(
            explorationExponent.map { 0...10 ~= $0 } ?? true,
            "explorationExponent is \(explorationExponent ?? 0); it must be from 0 to 10")
        try SettingBounds.check(environments: environments)
        try SettingBounds.check("learningRate", learningRate, in: 0...100)
        try SettingBounds.check("exploration", exploration, in: 0...1)
        try check(rewardBound.map { $0 > 0 } ?? true, "rewardBound is \(rewardBound ?? 0); it must be above 0")
        try check(errorBound.map { $0 > 0 } ?? true, "errorBound is \(errorBound ?? 0); it must be above 0")
        try check(maxGradientNorm > 0, "maxGradientNorm is \(maxGradientNorm); it must be above 0")
        try check(
            hidden.count <= 8 && hidden.allSatisfy { 1...4_096 ~= $0 },
            "hidden is \(hidden); it must be up to 8 layers of 1 to 4,096 units")
    }
}

extension DoubleDQNConfiguration {
    /// RL Baselines3 Zoo's settings of DQN for CartPole-v1.
    public static var zooCartPole: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.totalSteps = 50_000
        settings.replayCapacity = 100_000
        settings.trainingPeriod = 256
        settings.gradientSteps = 128
        settings.learningRate = .constant(2.3e-3)
        settings.exploration = .linear(from: 1, to: 0.04, fraction: 0.16)
        settings.targetPeriod = 10
        settings.hidden = [256, 256]
        return settings
    }

    /// For CartPole-v1: squared errors, and a target network that follows slowly, without which most seeds diverge.
    public static var cartPole: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.replayCapacity = 100_000
        settings.minibatchSize = 128
        settings.learningRate = .linear(from: 5e-4, to: 5e-5)
        settings.exploration = .linear(from: 1, to: 0.04, fraction: 0.16)
        settings.targetPeriod = 4
        settings.targetFraction = 0.02
        settings.errorBound = nil
        settings.hidden = [128, 128]
        return settings
    }

    /// RL Baselines3 Zoo's settings of DQN for MountainCar-v0.
    public static var zooMountainCar: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.totalSteps = 120_000
        settings.replayCapacity = 10_000
        settings.trainingPeriod = 16
        settings.gradientSteps = 8
        settings.minibatchSize = 128
        settings.discount = 0.98
        settings.learningRate = .constant(4e-3)
        settings.exploration = .linear(from: 1, to: 0.07, fraction: 0.2)
        settings.targetPeriod = 600
        settings.hidden = [256, 256]
        return settings
    }

    /// For MountainCar-v0: random actions that go on, so that the goal is found in time; squared errors, since the transitions
    /// that reach it are few; scaled observations, since speeds are below a tenth.
    public static var mountainCar: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.totalSteps = 120_000
        settings.gradientSteps = 2
        settings.minibatchSize = 128
        settings.learningRate = .linear(from: 1e-3, to: 5e-5)
        settings.exploration = .linear(from: 1, to: 0.03, fraction: 0.3)
        settings.explorationExponent = 1.5
        settings.targetPeriod = 128
        settings.errorBound = nil
        settings.scalesObservations = true
        return settings
    }

    /// As the paper's authors ran it (80 episodes): the target network hardly moves from its random beginning, by one hundredth
    /// every 600 steps.
    public static var paperAsRun: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
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
        return settings
    }

    /// The paper's settings as they must have been meant: the target network moves by one hundredth every step.
    public static var paper: DoubleDQNConfiguration {
        var settings = paperAsRun
        settings.targetPeriod = 1
        return settings
    }

    /// For farms: several in the simulator at once, the target network copied every 2,000 steps.
    public static var farm: DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.environments = 8
        settings.totalSteps = 500_000
        settings.replayCapacity = 200_000
        settings.learningStarts = 5_000
        settings.trainingPeriod = 8
        settings.gradientSteps = 2
        settings.minibatchSize = 128
        settings.learningRate = .linear(from: 5e-4, to: 1e-4)
        settings.exploration = .linear(from: 1, to: 0.02, fraction: 0.3)
        settings.targetPeriod = 2_000
        settings.errorBound = nil
        settings.hidden = [128, 128]
        return settings
    }

    /// The presets by name.
    public static let presets: [(name: String, settings: DoubleDQNConfiguration)] = [
        ("cartpole", .cartPole), ("zoo-cartpole", .zooCartPole), ("zoo-mountaincar", .zooMountainCar),
        ("mountaincar", .mountainCar),
        ("paper", .paper),
        ("paper-as-run", .paperAsRun), ("farm", .farm),
    ]
}
