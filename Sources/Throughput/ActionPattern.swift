import Randomness

/// How the actions of a measurement are chosen.
public enum ActionPattern: String, Sendable, CaseIterable {
    case random, hold, trace

    /// The action of a step: 0, 1 or 2 for one worker fewer, as many, one more.
    func action(_ step: Int, _ generator: inout PCG64) -> Int64 {
        switch self {
        case .random: Int64(generator.next() % 3)
        case .hold: 1
        case .trace: step < 12 ? 2 : step < 18 ? 1 : 0
        }
    }
}
