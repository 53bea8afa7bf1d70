import Foundation
import Randomness

/// For how many steps random actions go on: n with a probability proportional to n^−exponent, from 1 to ``longest``.
///
/// Actions that go on lead to where single random ones hardly ever do (Dabney, Ostrovski and Barreto, "Temporally-extended
/// ε-greedy exploration", 2021).
struct ExplorationDurations: Sendable, Hashable {
    static let longest = 100
    /// Sums of the probabilities of 1 to n.
    private let sums: [Double]

    /// - Parameter exponent: 0 or more; 0: all durations are equally probable.
    init(exponent: Double) {
        let weights = (1...ExplorationDurations.longest).map { pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        var sum = 0.0
        sums = weights.map { weight in
            sum += weight / total
            return sum
        }
    }

    func draw(using generator: inout PCG64) -> Int {
        let share = generator.nextDouble()
        return 1 + (sums.firstIndex { share < $0 } ?? ExplorationDurations.longest - 1)
    }
}
