import Foundation
public import Gymnasium
public import Randomness

/// `Acrobot-v1`: swing the free end of two hanging links above a line, by a torque of -1, 0 or 1 N m (actions 0, 1, 2) on the
/// joint between them (Sutton, NIPS 8, 1996; dynamics of Sutton and Barto's book).
///
/// Observed are cosine and sine of the first angle, which is 0 hanging down, and of the second, which is relative to the
/// first, then the angular velocities (rad/s). Each step is worth -1, but for the one that reaches the line, which ends the
/// episode and is worth 0.
public struct Acrobot: ControlProblem {
    static let maxVelocities = (first: 4 * Double.pi, second: 9 * Double.pi)

    public static let spec = EnvironmentSpec(
        id: "faasfarm/Acrobot-v1",
        description: "Gymnasium's Acrobot-v1: swing the free end of two links above a line.",
        rewardThreshold: -100, maxEpisodeSteps: 500,
        renderModes: ["ansi", "rgb_array"], renderFPS: 15)

    public static let observationSpace: Space = {
        let bounds = [1, 1, 1, 1, Float(maxVelocities.first), Float(maxVelocities.second)].map(\.bounds)
        return .box(.init(shape: [6], low: bounds.map(\.low), high: bounds.map(\.high)))
    }()

    public static let actionSpace = Space.discrete(.init(n: 3))

    /// Angle 1, angle 2, and their velocities.
    var state = SIMD4<Double>()

    public init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {}

    public var arguments: [Value.Entry] { [] }

    public static var startBounds: StartBounds { .interval(-0.1, 0.1) }

    public mutating func begin(within bounds: StartBounds, using generator: inout PCG64) {
        // Gymnasium rounds the first state to float32.
        for index in 0..<4 { state[index] = Double(Float(generator.uniform(bounds.first, bounds.second))) }
    }

    public mutating func advance(_ action: Int64) -> (reward: Double, terminated: Bool) {
        state = AcrobotDynamics(torque: Double(action &- 1)).state(after: state)
        state[0] = Acrobot.wrapped(state[0])
        state[1] = Acrobot.wrapped(state[1])
        state[2] = state[2].clipped(-Acrobot.maxVelocities.first, Acrobot.maxVelocities.first)
        state[3] = state[3].clipped(-Acrobot.maxVelocities.second, Acrobot.maxVelocities.second)
        let terminated = height > 1
        return (terminated ? 0 : -1, terminated)
    }

    /// Of the free end above the fixed one, in metres.
    private var height: Double { -cos(state[0]) - cos(state[1] + state[0]) }

    /// The same angle from -π to π.
    private static func wrapped(_ angle: Double) -> Double {
        var angle = angle
        // So far away, a turn may be less than the distance to the next number.
        if abs(angle) > 1_000 { angle.formTruncatingRemainder(dividingBy: 2 * .pi) }
        while angle > .pi { angle -= 2 * .pi }
        while angle < -.pi { angle += 2 * .pi }
        return angle
    }

    public func write(to observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(cos(state[0]))
        observation[1] = Float(sin(state[0]))
        observation[2] = Float(cos(state[1]))
        observation[3] = Float(sin(state[1]))
        observation[4] = Float(state[2])
        observation[5] = Float(state[3])
    }

    public var picture: String {
        let degrees = (0..<2).map { (state[$0] * 180 / .pi).rounded3 }
        return "links at \(degrees[0])° and \(degrees[1])°, free end \(height.rounded3) m above the fixed one"
    }
}
