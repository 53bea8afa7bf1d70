public import Gymnasium

/// Makes the environments of classic control known to a registry: yardsticks, equal to those of Gymnasium.
///
///     var registry = EnvironmentRegistry()
///     ClassicControlRegistration.register(in: &registry)
///     let cart = SingleEnvironment(try await registry.make("faasfarm/CartPole-v1"))
public enum ClassicControlRegistration {
    /// Registers `faasfarm/CartPole-v1`, `faasfarm/MountainCar-v0`, `faasfarm/Acrobot-v1` and `faasfarm/Pendulum-v1`, and
    /// `faasfarm/PositionOnlyCartPole-v1`, which is none of Gymnasium's.
    public static func register(in registry: inout EnvironmentRegistry) {
        registry.register(CartPole.spec) { arguments, layout in
            guard case .vector(let count, let mode) = layout else { return try rows(CartPole.self, arguments, layout) }
            return CartPoleVector(
                try CartPole(arguments), count: count, autoresetMode: mode,
                maxEpisodeSteps: arguments.maxEpisodeSteps(own: CartPole.spec.maxEpisodeSteps))
        }
        registry.register(PositionOnlyCartPole.spec) { try rows(PositionOnlyCartPole.self, $0, $1) }
        registry.register(MountainCar.spec) { try rows(MountainCar.self, $0, $1) }
        registry.register(Acrobot.spec) { try rows(Acrobot.self, $0, $1) }
        registry.register(Pendulum.spec) { try rows(Pendulum.self, $0, $1) }
    }

    /// Of fewer rows, one thread steps all before another would have woken up.
    private static let fewestForThreads = 256

    private static func rows<Problem: ControlProblem>(
        _: Problem.Type, _ arguments: EnvironmentRegistry.Arguments, _ layout: RowLayout
    ) throws -> sending any EnvironmentRows {
        let problem = try Problem(arguments)
        let limit = arguments.maxEpisodeSteps(own: Problem.spec.maxEpisodeSteps)
        let form = EnvironmentForm(
            spec: Problem.spec.limited(to: limit), observationSpace: Problem.observationSpace,
            actionSpace: Problem.actionSpace, layout: layout, arguments: problem.arguments,
            infoDetail: .none)
        let environments = (0..<form.count).map { _ in ControlEnvironment(problem, maxEpisodeSteps: limit) }
        return SynchronousRows(environments, form, team: form.count < fewestForThreads ? nil : .shared)
    }
}

extension EnvironmentSpec {
    /// The same with another time limit.
    func limited(to steps: Int) -> EnvironmentSpec {
        var spec = self
        spec.maxEpisodeSteps = steps
        return spec
    }
}
