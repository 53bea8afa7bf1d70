public import Gymnasium
public import Randomness

/// `CartPole-v1`: keep a pole upright that stands on a cart, by pushing the cart left (0) or right (1).
///
/// Observed are position (m), velocity (m/s), angle (rad) and angular velocity (rad/s). Each step is worth 1, also the last. An
/// episode ends when the pole leans by more than 12° or the cart is more than 2.4 m from the middle.
public struct CartPole: ControlProblem {
    static let gravity = 9.8
    static let poleMass = 0.1
    static let totalMass = poleMass + 1.0
    /// Half the pole's length, in metres.
    static let halfLength = 0.5
    static let poleMassLength = poleMass * halfLength
    /// In newtons.
    static let force = 10.0
    /// In seconds.
    static let timeStep = 0.02
    /// In metres.
    static let farthest = 2.4
    /// In radians.
    static let steepest = 12 * 2 * Double.pi / 360

    public static let spec = EnvironmentSpec(
        id: "faasfarm/CartPole-v1",
        description: "Gymnasium's CartPole-v1: keep a pole upright on a cart that is pushed left or right.",
        rewardThreshold: 475, maxEpisodeSteps: 500,
        arguments: [
            .init(
                "sutton_barto_reward", default: false,
                "true: 0 for each step and -1 for the one that lets the pole fall, in place of 1 for each")
        ],
        renderModes: ["ansi", "rgb_array"], renderFPS: 50)

    public static let observationSpace: Space = {
        let bounds = [Float(2 * farthest), .infinity, Float(2 * steepest), .infinity].map(\.bounds)
        return .box(.init(shape: [4], low: bounds.map(\.low), high: bounds.map(\.high)))
    }()

    public static let actionSpace = Space.discrete(.init(n: 2))

    /// Whether rewards are those of Barto, Sutton and Anderson.
    let hasSuttonBartoReward: Bool
    var state = CartPoleState<Double>()

    public init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {
        hasSuttonBartoReward = try arguments.boolean("sutton_barto_reward", default: false)
    }

    public var arguments: [Value.Entry] { [.init("sutton_barto_reward", .boolean(hasSuttonBartoReward))] }

    public static var startBounds: StartBounds { .interval(-0.05, 0.05) }

    public mutating func begin(within bounds: StartBounds, using generator: inout PCG64) {
        state = .drawn(within: bounds, using: &generator)
    }

    public mutating func advance(_ action: Int64) -> (reward: Double, terminated: Bool) {
        state.advance(force: action == 1 ? CartPole.force : -CartPole.force)
        let terminated = abs(state.position) > CartPole.farthest || abs(state.angle) > CartPole.steepest
        return (reward(terminated: terminated), terminated)
    }

    func reward(terminated: Bool) -> Double {
        hasSuttonBartoReward ? (terminated ? -1 : 0) : 1
    }

    public func write(to observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(state.position)
        observation[1] = Float(state.velocity)
        observation[2] = Float(state.angle)
        observation[3] = Float(state.angularVelocity)
    }

    public var picture: String {
        "cart at \(state.position.rounded3) m, pole at \((state.angle * 180 / .pi).rounded3)°"
    }
}

extension CartPoleState<Double> {
    /// A first state: each part uniform between the bounds.
    static func drawn(within bounds: StartBounds, using generator: inout PCG64) -> CartPoleState {
        let (low, high) = (bounds.first, bounds.second)
        return CartPoleState(
            position: generator.uniform(low, high), velocity: generator.uniform(low, high),
            angle: generator.uniform(low, high), angularVelocity: generator.uniform(low, high))
    }
}
