public import Gymnasium
public import Randomness

/// ``CartPole`` without its velocities: observed are the cart's position (m) and the pole's angle (rad) alone, so that a single
/// observation does not tell which way either moves. A yardstick for agents that remember; the same seeds and actions give
/// the states, rewards and ends of `CartPole-v1`.
///
/// After POPGym's environment of this name (Morad et al., 2023), whose time limit and rewards are others.
public struct PositionOnlyCartPole: ControlProblem {
    public static let spec: EnvironmentSpec = {
        var spec = CartPole.spec
        spec.id = "faasfarm/PositionOnlyCartPole-v1"
        spec.description =
            "CartPole-v1 of which position and angle are observed, and no velocity: to be played by memory."
        return spec
    }()

    public static let observationSpace: Space = {
        let bounds = [Float(2 * CartPole.farthest), Float(2 * CartPole.steepest)].map(\.bounds)
        return .box(.init(shape: [2], low: bounds.map(\.low), high: bounds.map(\.high)))
    }()

    public static let actionSpace = CartPole.actionSpace

    private var whole: CartPole

    public init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {
        whole = try CartPole(arguments)
    }

    public var arguments: [Value.Entry] { whole.arguments }

    public static var startBounds: StartBounds { CartPole.startBounds }

    public mutating func begin(within bounds: StartBounds, using generator: inout PCG64) {
        whole.begin(within: bounds, using: &generator)
    }

    public mutating func advance(_ action: Int64) -> (reward: Double, terminated: Bool) { whole.advance(action) }

    public func write(to observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(whole.state.position)
        observation[1] = Float(whole.state.angle)
    }

    public var picture: String { whole.picture }
    public static var pictureWidth: Int { CartPole.pictureWidth }
    public static var pictureHeight: Int { CartPole.pictureHeight }
    public func draw(on raster: inout Raster) { whole.draw(on: &raster) }
}
