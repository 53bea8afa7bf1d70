import Farm
import Randomness
import Synchronization

/// The tasks of the seeds that are being played: each seed's are drawn for the first that asks and dropped after the last.
final class TapeShelf: Sendable {
    private let scenario: Scenario
    private let firstSeed: UInt64
    private let uses: Int
    private let kept = Mutex<[Int: Kept]>([:])

    private struct Kept {
        var tape: TaskTape
        var usesLeft: Int
    }

    /// - Parameter uses: how often each seed's tasks are asked for. Those of one use are not worth keeping.
    init(_ scenario: Scenario, firstSeed: UInt64, uses: Int) {
        (self.scenario, self.firstSeed, self.uses) = (scenario, firstSeed, uses)
    }

    /// - Parameter episode: the seed's distance from the first one.
    func lend<Result>(_ episode: Int, _ body: (TaskTape?) -> Result) -> Result {
        guard uses > 1 else { return body(nil) }
        let tape = kept.withLock { kept in
            if let known = kept[episode] { return known.tape }
            let tape = TaskTape(scenario, seed: Seed(firstSeed + UInt64(episode)))
            kept[episode] = Kept(tape: tape, usesLeft: uses)
            return tape
        }
        defer {
            kept.withLock { kept in
                kept[episode]?.usesLeft -= 1
                if let left = kept[episode]?.usesLeft, left <= 0 { kept[episode] = nil }
            }
        }
        return body(tape)
    }
}
