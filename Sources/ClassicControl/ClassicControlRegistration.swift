public import Gymnasium

/// Makes the environments of classic control known to a registry: yardsticks, equal to those of Gymnasium.
public enum ClassicControlRegistration {
    /// Registers `faasfarm/CartPole-v1`, `faasfarm/MountainCar-v0`, `faasfarm/Acrobot-v1` and `faasfarm/Pendulum-v1`.
    public static func register(in registry: inout EnvironmentRegistry) {
        register(CartPole.self, in: &registry) { CartPoleVector($0, count: $1, autoresetMode: $2, maxEpisodeSteps: $3) }
        register(MountainCar.self, in: &registry, makeVector: vector)
        register(Acrobot.self, in: &registry, makeVector: vector)
        register(Pendulum.self, in: &registry, makeVector: vector)
    }

    /// Of fewer sub-environments, one thread steps all before another would have woken up.
    private static let fewestForThreads = 256

    private static func register<Problem: ControlProblem>(
        _: Problem.Type, in registry: inout EnvironmentRegistry,
        makeVector: @escaping @Sendable (Problem, Int, AutoresetMode, Int) -> sending any VectorEnvironment
    ) {
        registry.register(Problem.spec) { arguments in
            let problem = try Problem(arguments)
            let spec = spec(of: Problem.self, arguments)
            return try SingleEnvironment(
                ControlEnvironment(problem, maxEpisodeSteps: spec.maxEpisodeSteps), spec: spec,
                observationSpace: Problem.observationSpace, actionSpace: Problem.actionSpace,
                arguments: problem.arguments, infoDetail: .none)
        } makeVector: { arguments, count, mode in
            makeVector(
                try Problem(arguments), count, mode,
                arguments.maxEpisodeSteps(own: Problem.spec.maxEpisodeSteps))
        }
    }

    private static func vector<Problem: ControlProblem>(
        _ problem: Problem, count: Int, autoresetMode: AutoresetMode, maxEpisodeSteps: Int
    ) -> sending any VectorEnvironment {
        let environments = (0..<count).map { _ in ControlEnvironment(problem, maxEpisodeSteps: maxEpisodeSteps) }
        return SynchronousVector(
            environments, spec: Problem.spec.limited(to: maxEpisodeSteps), observationSpace: Problem.observationSpace,
            actionSpace: Problem.actionSpace, autoresetMode: autoresetMode, arguments: problem.arguments,
            infoDetail: .none, team: count < fewestForThreads ? nil : .shared)
    }

    private static func spec(
        of problem: (some ControlProblem).Type, _ arguments: EnvironmentRegistry.Arguments
    ) -> EnvironmentSpec {
        problem.spec.limited(to: arguments.maxEpisodeSteps(own: problem.spec.maxEpisodeSteps))
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
