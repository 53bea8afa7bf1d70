import Foundation

/// Motion of two links of 1 m and 1 kg each, with centres of mass in their middles and moments of inertia of 1 kg m², under a
/// constant torque on the joint between them (Sutton and Barto, Reinforcement Learning, section on the acrobot).
struct AcrobotDynamics {
    /// In N m.
    let torque: Double

    private static let centre = 0.5
    private static let gravity = 9.8
    /// In seconds.
    private static let timeStep = 0.2

    /// The state a time step later, by one fourth-order Runge-Kutta step.
    ///
    /// - Parameter state: angle 1, angle 2 (rad), and their velocities (rad/s).
    func state(after state: SIMD4<Double>) -> SIMD4<Double> {
        let time = AcrobotDynamics.timeStep
        let half = time / 2
        let k1 = slope(at: state)
        let k2 = slope(at: state + half * k1)
        let k3 = slope(at: state + half * k2)
        let k4 = slope(at: state + time * k3)
        return state + time / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    }

    private func slope(at state: SIMD4<Double>) -> SIMD4<Double> {
        let (angle1, angle2, velocity1, velocity2) = (state[0], state[1], state[2], state[3])
        let centre = AcrobotDynamics.centre
        let gravity = AcrobotDynamics.gravity
        let cosine2 = cos(angle2)
        let sine2 = sin(angle2)
        let d1 = centre * centre + (1 + centre * centre + 2 * centre * cosine2) + 2
        let d2 = centre * centre + centre * cosine2 + 1
        let phi2 = centre * gravity * cos(angle1 + angle2 - .pi / 2)
        let centrifugal = -centre * (velocity2 * velocity2) * sine2
        let coriolis = 2 * centre * velocity2 * velocity1 * sine2
        let phi1 = centrifugal - coriolis + (centre + 1) * gravity * cos(angle1 - .pi / 2) + phi2
        let acceleration2 =
            (torque + d2 / d1 * phi1 - centre * (velocity1 * velocity1) * sine2 - phi2)
            / (centre * centre + 1 - d2 * d2 / d1)
        let acceleration1 = -(d2 * acceleration2 + phi1) / d1
        return SIMD4(velocity1, velocity2, acceleration1, acceleration2)
    }
}
