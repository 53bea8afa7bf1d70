/// The states of one cart with a pole on it, or of several (Barto, Sutton and Anderson, IEEE Transactions on Systems, Man,
/// and Cybernetics 13(5), 1983, with the dynamics of Sutton's C program), by Euler steps of 0.02 s.
struct CartPoleState<Numbers: Lanes>: Sendable {
    /// Of the cart, from the middle of the track, in metres.
    var position = Numbers(repeating: 0)
    /// Of the cart, in m/s.
    var velocity = Numbers(repeating: 0)
    /// Of the pole from the vertical, clockwise, in radians.
    var angle = Numbers(repeating: 0)
    /// Of the pole, in rad/s.
    var angularVelocity = Numbers(repeating: 0)

    /// Pushes the cart for a time step.
    ///
    /// - Parameter force: to the right, in newtons.
    @inline(__always)
    mutating func advance(force: Numbers) {
        let cosine = angle.cosine
        let sine = angle.sine
        let totalMass = Numbers(repeating: CartPole.totalMass)
        let poleMassLength = Numbers(repeating: CartPole.poleMassLength)
        let push = (force + poleMassLength * (angularVelocity * angularVelocity) * sine) / totalMass
        let angularAcceleration =
            (Numbers(repeating: CartPole.gravity) * sine - cosine * push)
            / (Numbers(repeating: CartPole.halfLength)
                * (Numbers(repeating: 4.0 / 3.0)
                    - Numbers(repeating: CartPole.poleMass) * (cosine * cosine) / totalMass))
        let acceleration = push - poleMassLength * angularAcceleration * cosine / totalMass
        let time = Numbers(repeating: CartPole.timeStep)
        position = position + time * velocity
        velocity = velocity + time * acceleration
        angle = angle + time * angularVelocity
        angularVelocity = angularVelocity + time * angularAcceleration
    }
}
