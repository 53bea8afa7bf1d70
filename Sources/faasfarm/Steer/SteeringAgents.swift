import ArgumentParser
import EnvironmentCatalogue
import EnvironmentServer
import Farm
import FarmEnvironments
import Gymnasium
import Logging
import Steering
import SteeringSources

/// Agents at the other end of the protocol that steer functions: each function with `policy: agent` is a farm of
/// `faasfarm/Farm-v0` whose backend has the function's name.
struct SteeringAgents {
    /// The policy's text that stands for one.
    static let policy = "agent"

    private let seats: [(function: String, seat: AgentSeat)]
    let server: EnvironmentServer?

    /// - Throws: `ValidationError` where a function wants an agent and none can come.
    init(_ plan: SteeringPlan, logger: Logger) throws {
        seats = plan.functions.filter { $0.policy == SteeringAgents.policy }.map {
            ($0.settings.function, AgentSeat(Scenario(agent: $0.settings), name: SteeringAgents.policy))
        }
        guard let first = seats.first else {
            server = nil
            return
        }
        guard let endpoint = plan.listeners.agents else {
            throw ValidationError(
                "\(first.function) is steered by an agent, and none can come; give --agents-listen, as in tcp://127.0.0.1:5555"
            )
        }
        var registry = EnvironmentRegistry()
        FarmEnvironmentRegistration.register(
            in: &registry,
            backends: Dictionary(uniqueKeysWithValues: seats.map { ($0.function, $0.seat.backend($0.function)) }),
            defaultBackend: first.function)
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = endpoint
        configuration.serverVersion = FaaSFarm.version
        server = EnvironmentServer(configuration: configuration, registry: registry, observers: [], logger: logger)
    }

    func seat(of function: String) -> AgentSeat? { seats.first { $0.function == function }?.seat }
}

extension AgentSeat {
    fileprivate func backend(_ function: String) -> Backend {
        var backend = Backend(name: function, isNondeterministic: true) { [self] count, scenario, speed, _ in
            guard count == 1 else {
                throw FarmError(.unsupported(argument: "num_envs"), "\(function) is one farm, got \(count); make one")
            }
            guard speed == 1 else {
                throw FarmError(.unsupported(argument: "speed"), "a steered function goes at speed 1, got \(speed)")
            }
            guard scenario == self.scenario else {
                throw FarmError(
                    .unsupported(argument: "scenario"), "a steered function has a scenario of its own; leave it out")
            }
            try take()
            return [self]
        }
        backend.scenario = scenario
        return backend
    }
}

extension Scenario {
    /// What a function's agent is told: as policies are, with as many steps as a scenario may have, after which the agent resets.
    fileprivate init(agent settings: SteeringSettings) {
        self.init(settings)
        steps = 1_000_000
        arrivals = .phases([.init(name: "steered", seconds: horizon, rate: .constant(0))])
    }
}
