import Foundation
public import Gymnasium
public import Randomness

/// `MountainCar-v0`: swing a car up the right one of two hills by pushing it left (0), not at all (1) or right (2) (Moore, PhD
/// thesis, University of Cambridge, 1990).
///
/// Observed are position and velocity. Each step is worth -1. An episode ends when the car is at 0.5 or beyond with the goal
/// velocity or more.
public struct MountainCar: ControlProblem {
    static let leftmost = -1.2
    static let rightmost = 0.6
    static let maxSpeed = 0.07
    static let goal = 0.5
    static let force = 0.001
    static let gravity = 0.0025

    public static let spec = EnvironmentSpec(
        id: "faasfarm/MountainCar-v0",
        description: "Gymnasium's MountainCar-v0: swing a car up a hill that is too steep for its engine.",
        rewardThreshold: -110, maxEpisodeSteps: 200,
        arguments: [.init("goal_velocity", default: 0.0, "the least velocity with which the goal counts as reached")],
        renderModes: ["ansi", "rgb_array"], renderFPS: 30)

    public static let observationSpace = Space.box(
        .init(
            shape: [2], low: [Float(leftmost), Float(-maxSpeed)].map(Double.init),
            high: [Float(rightmost), Float(maxSpeed)].map(Double.init)))

    public static let actionSpace = Space.discrete(.init(n: 3))

    let goalVelocity: Double
    var position = 0.0
    var velocity = 0.0

    public init(_ arguments: EnvironmentRegistry.Arguments) throws(EnvironmentError) {
        goalVelocity = try arguments.number("goal_velocity", default: 0)
    }

    public var arguments: [Value.Entry] { [.init("goal_velocity", .number(goalVelocity))] }

    public static var startBounds: StartBounds { .interval(-0.6, -0.4) }

    /// The bounds are those of the position; the car stands.
    public mutating func begin(within bounds: StartBounds, using generator: inout PCG64) {
        position = generator.uniform(bounds.first, bounds.second)
        velocity = 0
    }

    public mutating func advance(_ action: Int64) -> (reward: Double, terminated: Bool) {
        velocity += Double(action &- 1) * MountainCar.force + cos(3 * position) * -MountainCar.gravity
        velocity = velocity.clipped(-MountainCar.maxSpeed, MountainCar.maxSpeed)
        position = (position + velocity).clipped(MountainCar.leftmost, MountainCar.rightmost)
        // The left wall stops the car.
        if position == MountainCar.leftmost, velocity < 0 { velocity = 0 }
        return (-1, position >= MountainCar.goal && velocity >= goalVelocity)
    }

    public func write(to observation: UnsafeMutablePointer<Float>) {
        observation[0] = Float(position)
        observation[1] = Float(velocity)
    }

    public var picture: String { "car at \(position.rounded3), velocity \((velocity * 1_000).rounded3) / 1000" }
}

extension Double {
    /// NumPy's `clip`.
    func clipped(_ low: Double, _ high: Double) -> Double { self < low ? low : self > high ? high : self }
}
