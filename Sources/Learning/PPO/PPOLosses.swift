/// Sums of an epoch's losses and of what tells how far the policy moved (12).
struct LossSums {
    var count = 0.0
    var policy = 0.0
    var value = 0.0
    var entropy = 0.0
    var oldKL = 0.0
    var kl = 0.0
    var clipped = 0.0

    mutating func add(policy: Float, value: Float, entropy: Float, ratio: Float, logRatio: Float, clip: Float) {
        count += 1
        self.policy += Double(policy)
        self.value += Double(value)
        self.entropy += Double(entropy)
        oldKL -= Double(logRatio)
        // Low variance and never negative (Schulman, "Approximating KL divergence", 2020).
        kl += Double(ratio - 1 - logRatio)
        clipped += abs(ratio - 1) > clip ? 1 : 0
    }

    var metrics: [String: Double] {
        let count = max(count, 1)
        return [
            "losses/policy_loss": policy / count, "losses/value_loss": value / count,
            "losses/entropy": entropy / count, "losses/old_approx_kl": oldKL / count,
            "losses/approx_kl": kl / count, "losses/clipfrac": clipped / count,
        ]
    }
}
