import Evaluation
import Synchronization

/// What happened in each block of a stretch, in each episode of each policy.
final class BlockSums: Sendable {
    struct Sum {
        var arrivals = 0.0
        var met = 0.0
        var workerSeconds = 0.0

        var missed: Double { arrivals - met }
    }

    private struct Place: Hashable {
        let policy: Int
        let episode: Int
    }

    private let steps: Int
    private let blocks: Int
    private let sums = Mutex<[Place: [Sum]]>([:])

    init(steps: Int, blocks: Int) { (self.steps, self.blocks) = (max(steps, 1), blocks) }

    func add(_ trace: EpisodeTrace, policy: Int, episode: Int) {
        var own = [Sum](repeating: Sum(), count: blocks)
        for (step, window) in trace.windows.enumerated() {
            let block = min(step * blocks / steps, blocks - 1)
            own[block].arrivals += window.arrivals
            own[block].met += window.met
            own[block].workerSeconds += window.workerSeconds
        }
        sums.withLock { $0[Place(policy: policy, episode: episode)] = own }
    }

    /// Over the episodes, a block.
    func mean(policy: Int) -> [Sum] {
        let episodes = sums.withLock { sums in
            sums.filter { $0.key.policy == policy }.sorted { $0.key.episode < $1.key.episode }.map(\.value)
        }
        let count = Double(max(episodes.count, 1))
        return (0..<blocks).map { block in
            var mean = Sum()
            for episode in episodes {
                mean.arrivals += episode[block].arrivals
                mean.met += episode[block].met
                mean.workerSeconds += episode[block].workerSeconds
            }
            mean.arrivals /= count
            mean.met /= count
            mean.workerSeconds /= count
            return mean
        }
    }
}
