import CKernels
import Foundation

/// The optimiser Adam (Kingma and Ba, 2015), with the gradients' global norm clipped beforehand.
public final class Adam {
    public let parameters: FloatBuffer
    public let gradients: FloatBuffer
    /// Running means of gradients and of their squares.
    let means: FloatBuffer
    let squares: FloatBuffer
    /// Steps done.
    var stepCount = 0
    /// PPO wants 1e-5 (detail 3 of Huang et al., 2022), DQN's settings PyTorch's 1e-8.
    public let epsilon: Double

    private let beta1 = 0.9
    private let beta2 = 0.999

    public init(_ parameters: FloatBuffer, epsilon: Double) {
        self.parameters = parameters
        self.epsilon = epsilon
        gradients = FloatBuffer(count: parameters.count)
        means = FloatBuffer(count: parameters.count)
        squares = FloatBuffer(count: parameters.count)
    }

    /// Follows `gradients` one step. Does nothing when they are not all finite, so that no weight is ever lost to one bad batch.
    ///
    /// - Parameter maxNorm: of all gradients together; larger ones are scaled down.
    /// - Returns: the norm before clipping; infinite or not-a-number when nothing was done.
    @discardableResult
    public func step(learningRate: Double, maxNorm: Double) -> Double {
        let norm = ck_sum_of_squares(gradients.count, gradients.pointer).squareRoot()
        guard norm.isFinite else { return norm }
        stepCount += 1
        let scale = min(1, maxNorm / (norm + 1e-6))
        let correction1 = 1 - pow(beta1, Double(stepCount))
        let correction2 = 1 - pow(beta2, Double(stepCount))
        ck_adam(
            parameters.count, parameters.pointer, gradients.pointer, means.pointer, squares.pointer, Float(scale),
            Float(beta1), Float(beta2), Float(learningRate / correction1), Float(1 / correction2.squareRoot()),
            Float(epsilon))
        return norm
    }
}
