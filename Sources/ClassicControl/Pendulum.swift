import Foundation
public import Gymnasium
public import Randomness

/// `Pendulum-v1`: swing a pendulum up and hold it there, by a torque from -2 to 2 N m that is too weak to lift it at once.
///
/// Observed are cosine and sine of the angle, which is 0 upright, and the angular velocity (rad/s). A step is worth
/// -(angle² + 0.1 · velocity² + 0.001 · torque²). Episodes end by the time limit only.
public struct Pendulum: ControlProblem {
    /// In rad/s.
    static let maxSpeed = 8.0
    /// In N m.
    static let maxTorque: Float = 2
    /// In seconds.
    static let timeStep = 0.05

    public static let spec = EnvironmentSpec(
        id: "faasfarm/Pendulum-v1",
        description: "Gymnasium's Pendulum-v1: swing a pendulum up and hold it there.",
        maxEpisodeSteps: 200,
        arguments: [.init("g", default: 10.0, "the acceleration of gravity, in m/s²")],
        renderModes: ["ansi", "rgb_array"], renderFPS: 30)

    public static let observationSpace = Space.box(
        .init(shape: [3], low: [-1, -1, -maxSpeed], high: [1, 1, maxSpeed]))

    public static let actionSpace = Space.box(
        .init(shape: [1], low: [Double(-maxTorque)], high: [Double(maxTorque)]))

    let gravity: Double
    var angle = 0.0
    var angularVelocity = 0.0

    public init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {
        gravity = try arguments.number("g", default: 10)
    }

    public var arguments: [Value.Entry] { [.init("g", .number(gravity))] }

    public static var startBounds: StartBounds { .extents(.pi, 1) }

    /// The first bound is the angle's, the second the angular velocity's.
    public mutating func begin(within bounds: StartBounds, using generator: inout PCG64) {
        angle = generator.uniform(-bounds.first, bounds.first)
        angularVelocity = generator.uniform(-bounds.second, bounds.second)
    }

    public mutating func advance(_ action: Float) -> (reward: Double, terminated: Bool) {
        // NumPy keeps what is reckoned with the torque alone in float32.
        let torque = min(max(action, -Pendulum.maxTorque), Pendulum.maxTorque)
        let offset = Pendulum.normalised(angle)
        let cost =
            offset * offset + 0.1 * (angularVelocity * angularVelocity) + Double(Float(0.001) * (torque * torque))
        let acceleration = 3 * gravity / 2 * sin(angle) + Double(3 * torque)
        angularVelocity = (angularVelocity + acceleration * Pendulum.timeStep)
            .clipped(-Pendulum.maxSpeed, Pendulum.maxSpeed)
        angle += angularVelocity * Pendulum.timeStep
        return (-cost, false)
    }

    /// The same angle from -π to π.
    private static func normalised(_ angle: Double) -> Double {
        let turn = 2 * Double.pi
        let rest = (angle + .pi).truncatingRemainder(dividingBy: turn)
        return (rest < 0 ? rest + turn : rest) - .pi
    }

    public func write(to observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(cos(angle))
        observation[1] = Float(sin(angle))
        observation[2] = Float(angularVelocity)
    }

    public var picture: String {
        let degrees = (Pendulum.normalised(angle) * 180 / .pi).rounded3
        return "pendulum at \(degrees)°, \(angularVelocity.rounded3) rad/s"
    }
}
