import Randomness

/// Counts of windows as a hidden level that wanders and jumps, with counts about it that vary more than chance alone would have
/// them: learnt on line, from nothing, by exact filtering on a grid.
///
///     var model = CountModel()
///     model.begin(expecting: 20)
///     for count in [18, 22, 17, 160, 150] { model.observe(count) }
///     let futures = model.futures(48, windows: 2, using: &generator)
///
/// Thirty hypotheses stand beside each other: five widths of the counts about the level (negative binomial), three speeds of its
/// wandering, two assumed frequencies of jumps. Each is weighted by how well it has foretold, with forgetting; where the level jumps
/// to, how often, and which windows stand out alone is learnt by all of them together (``JumpModel``, ``SurgeModel``).
public struct CountModel: ArrivalForecaster {
    static let shapes = [1.5, 5, 15, 50, 250]
    static let wanderings = [0.02, 0.08, 0.22]
    static let hazards = [0.01, 0.05]
    /// Of the logarithm of a hypothesis' weight, from window to window.
    static let keep = 0.995
    /// First windows that are drawn, for futures to be taken from, and the share of futures spent on the upper tail.
    static let draws = 1_024
    static let tail = 0.25

    /// A hypothesis.
    struct Hypothesis: Sendable {
        let shape: Int
        let wandering: Double
        let hazard: Double
        /// Steps of the level in a window: probabilities of so many cells down, …, up.
        let kernel: [Double]
        var belief: [Double]
        var logWeight = 0.0
    }

    private let likelihoods = CountModel.shapes.map(CountLikelihood.init)
    private(set) var hypotheses: [Hypothesis] = []
    private(set) var jumps = JumpModel()
    private(set) var surges = SurgeModel()
    let sampling = Sampling()

    public init() { begin(expecting: 10) }

    public mutating func begin(expecting count: Double) {
        jumps = JumpModel()
        surges = SurgeModel()
        let centre = Elementary.log(count.isFinite ? min(max(count, 0.05), 1e4) : 10)
        var belief = (0..<LevelGrid.count).map { cell in
            let z = (Elementary.log(LevelGrid.level(Double(cell))) - centre) / 2
            return Elementary.exp(-0.5 * z * z) + 1e-4
        }
        let sum = belief.reduce(0, +)
        for cell in belief.indices { belief[cell] /= sum }
        hypotheses = CountModel.shapes.indices.flatMap { shape in
            CountModel.wanderings.flatMap { wandering in
                CountModel.hazards.map { hazard in
                    Hypothesis(
                        shape: shape, wandering: wandering, hazard: hazard, kernel: CountModel.kernel(wandering),
                        belief: belief)
                }
            }
        }
    }

    /// Steps with that standard deviation of the logarithm.
    static func kernel(_ deviation: Double) -> [Double] {
        let variance = deviation * deviation / (LevelGrid.spacing * LevelGrid.spacing)
        if variance < 0.6 { return [variance / 2, 1 - variance, variance / 2] }
        let reach = Int((3 * variance.squareRoot()).rounded(.up))
        let steps = (-reach...reach).map { Elementary.exp(-0.5 * Double($0 * $0) / variance) }
        let sum = steps.reduce(0, +)
        return steps.map { $0 / sum }
    }

    /// Weights of the hypotheses, which come to 1.
    var weights: [Double] {
        let most = hypotheses.reduce(-Double.infinity) { max($0, $1.logWeight) }
        let weights = hypotheses.map { Elementary.exp($0.logWeight - most) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// The expected level.
    var level: Double {
        zip(hypotheses, weights).reduce(0) { sum, pair in
            sum + pair.1
                * pair.0.belief.enumerated().reduce(0) { $0 + $1.element * LevelGrid.level(Double($1.offset)) }
        }
    }

    public mutating func observe(_ arrivals: Int) {
        let count = min(max(arrivals, 0), 1_000_000)
        let plain = likelihoods.map { $0(count) }
        let blurred = plain.map(surges.blur)
        let weights = weights
        var told = Told()
        for index in hypotheses.indices {
            let shape = hypotheses[index].shape
            let (stay, jump, leaving) = predicted(hypotheses[index])
            let likelihood = blurred[shape]
            var probability = 1e-280
            for cell in 0..<LevelGrid.count { probability += (stay[cell] + jump[cell]) * likelihood[cell] }
            told.add(
                hypotheses[index].belief, leaving, weight: weights[index], shape: shape, probability: probability)
            for cell in 0..<LevelGrid.count {
                let before = stay[cell] + jump[cell]
                let after = before * likelihood[cell] / probability
                hypotheses[index].belief[cell] = after
                told.evidence.visited[cell] += weights[index] * probability * after
                told.levels[shape * LevelGrid.count + cell] += weights[index] * before
            }
            hypotheses[index].logWeight =
                CountModel.keep * hypotheses[index].logWeight + Elementary.log(probability)
        }
        let most = hypotheses.reduce(-Double.infinity) { max($0, $1.logWeight) }
        for index in hypotheses.indices {
            hypotheses[index].logWeight = max(hypotheses[index].logWeight - most, -30)
        }
        learn(told, plain: plain, blurred: blurred)
    }

    /// What all hypotheses together think of a window, by the shape of their counts, which says all of its likelihood.
    private struct Told {
        var evidence = JumpModel.Evidence()
        /// The probability of what was seen.
        var total = 0.0
        /// Beliefs of the window's level before its count was seen, and of leaving a bin; rows by shape.
        var levels = [Double](repeating: 0, count: CountModel.shapes.count * LevelGrid.count)
        var leaving = [Double](repeating: 0, count: CountModel.shapes.count * LevelGrid.bins)

        mutating func add(
            _ belief: [Double], _ leaving: [Double], weight: Double, shape: Int, probability: Double
        ) {
            total += weight * probability
            for bin in 0..<LevelGrid.bins { self.leaving[shape * LevelGrid.bins + bin] += weight * leaving[bin] }
            for cell in belief.indices {
                evidence.stayed[LevelGrid.bin(cell)] += weight * probability * belief[cell]
            }
        }
    }

    private mutating func learn(_ told: Told, plain: [[Double]], blurred: [[Double]]) {
        let grid = LevelGrid.count
        var evidence = told.evidence
        var surged = [Double](repeating: 0, count: surges.factors.count)
        for shape in CountModel.shapes.indices {
            for bin in 0..<LevelGrid.bins {
                let leaving = told.leaving[shape * LevelGrid.bins + bin]
                guard leaving > 1e-12 else { continue }
                for cell in 0..<grid {
                    let mass = leaving * jumps.destination[bin * grid + cell] * blurred[shape][cell]
                    evidence.seen[bin * LevelGrid.bins + LevelGrid.bin(cell)] += mass
                    evidence.left[bin] += mass
                }
            }
            for cell in 0..<grid where told.levels[shape * grid + cell] > 1e-9 {
                surges.weigh(plain[shape], at: cell, weight: told.levels[shape * grid + cell], into: &surged)
            }
        }
        let total = max(told.total, 1e-290)
        jumps.learn(evidence, total: total)
        surges.learn(surged, total: total)
    }

    /// Beliefs of the next window's level without a jump and after one, and the probability of a jump from each bin.
    private func predicted(_ hypothesis: Hypothesis) -> (stay: [Double], jump: [Double], leaving: [Double]) {
        let last = LevelGrid.count - 1
        let reach = hypothesis.kernel.count / 2
        let hazards = (0..<LevelGrid.bins).map { jumps.hazard($0, assumed: hypothesis.hazard) }
        var stay = [Double](repeating: 0, count: LevelGrid.count)
        var jump = stay
        var leaving = [Double](repeating: 0, count: LevelGrid.bins)
        for cell in 0...last {
            let bin = LevelGrid.bin(cell)
            leaving[bin] += hypothesis.belief[cell] * hazards[bin]
            let mass = hypothesis.belief[cell] * (1 - hazards[bin])
            guard mass > 1e-14 else { continue }
            for (step, share) in hypothesis.kernel.enumerated() {
                stay[min(max(cell + step - reach, 0), last)] += mass * share
            }
        }
        for bin in 0..<LevelGrid.bins where leaving[bin] > 1e-12 {
            for cell in 0...last { jump[cell] += leaving[bin] * jumps.destination[bin * LevelGrid.count + cell] }
        }
        return (stay, jump, leaving)
    }
}
