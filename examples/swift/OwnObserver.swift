import Gymnasium
import Synchronization

/// An observer of one's own: keeps the return of every episode that comes to its end, of whichever environment.
final class Returns: EpisodeObserver {
    private let kept = Mutex<[Double]>([])

    var all: [Double] { kept.withLock { $0 } }

    func listener(
        to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any EpisodeListener)? {
        Listener(count: environment.form.count) { value in self.kept.withLock { $0.append(value) } }
    }

    /// Adds up the rewards of one environment's rows.
    ///
    /// Unchecked, because calls come one at a time.
    private final class Listener: EpisodeListener, @unchecked Sendable {
        private var sums: [Double]
        private let keep: @Sendable (Double) -> Void

        init(count: Int, keep: @escaping @Sendable (Double) -> Void) {
            sums = Array(repeating: 0, count: count)
            self.keep = keep
        }

        func begin(_ reset: ObservedReset) {
            for row in sums.indices where reset.mask?[row] ?? true { sums[row] = 0 }
        }

        func step(_ step: ObservedStep) {
            for row in sums.indices {
                sums[row] += step.buffers.rewards[row]
                guard step.buffers.terminations[row] || step.buffers.truncations[row] else { continue }
                keep(sums[row])
                sums[row] = 0
            }
        }

        func end() {
            for row in sums.indices { sums[row] = 0 }
        }
    }
}
