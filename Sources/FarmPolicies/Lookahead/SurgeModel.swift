import Randomness

/// What is learnt of windows that stand out alone: the level stays, and one window brings a multiple or a fraction of it.
struct SurgeModel: Sendable {
    /// Factors, in steps of the grid below and above 1.
    static let below = 40
    static let above = 45
    private static let priorSurges = 4.0
    private static let priorWindows = 20.0
    private static let assumed = 0.02

    /// The probability that a window stands out.
    private(set) var chance = SurgeModel.assumed
    /// Of each factor, given that it does.
    private(set) var factors: [Double]
    private let prior: [Double]
    private var seen: [Double]
    private var windows = 0.0

    init() {
        var prior = (-SurgeModel.below...SurgeModel.above).map { step in
            let distance = Double(abs(step)) * LevelGrid.spacing
            return distance < 0.3 ? 0 : Elementary.exp(-(distance - 0.3) / 0.7) * (step > 0 ? 1 : 0.5)
        }
        let sum = prior.reduce(0, +)
        for index in prior.indices { prior[index] /= sum }
        self.prior = prior
        factors = prior
        seen = [Double](repeating: 0, count: prior.count)
    }

    /// Likelihoods with surges from those without.
    func blur(_ likelihood: [Double]) -> [Double] {
        likelihood.indices.map { cell in
            var sum = 0.0
            for index in SurgeModel.indices(around: cell) {
                sum += factors[index] * likelihood[cell + index - SurgeModel.below]
            }
            return (1 - chance) * likelihood[cell] + chance * sum
        }
    }

    /// Adds to `evidence` what a count says of the factor, where the level was `cell` with that weight.
    func weigh(_ likelihood: [Double], at cell: Int, weight: Double, into evidence: inout [Double]) {
        for index in SurgeModel.indices(around: cell) {
            evidence[index] += weight * chance * factors[index] * likelihood[cell + index - SurgeModel.below]
        }
    }

    mutating func learn(_ evidence: [Double], total: Double) {
        var sum = 0.0
        for index in seen.indices {
            seen[index] = JumpModel.keep * seen[index] + evidence[index] / total
            sum += seen[index]
        }
        windows = JumpModel.keep * windows + 1
        for index in factors.indices {
            factors[index] =
                (SurgeModel.priorSurges * prior[index] + seen[index]) / (SurgeModel.priorSurges + sum)
        }
        chance = min(0.5, (SurgeModel.assumed * SurgeModel.priorWindows + sum) / (SurgeModel.priorWindows + windows))
    }

    /// The factor of a window, 1 for most.
    func draw(using generator: inout PCG64) -> Double {
        guard generator.nextDouble() < chance else { return 1 }
        var left = generator.nextDouble()
        for (index, share) in factors.enumerated() {
            left -= share
            if left < 0 { return Elementary.exp(LevelGrid.spacing * Double(index - SurgeModel.below)) }
        }
        return 1
    }

    /// Factors that lead from a cell to another one.
    private static func indices(around cell: Int) -> Range<Int> {
        max(0, below - cell)..<min(below + above + 1, LevelGrid.count - cell + below)
    }
}
