import Foundation
public import Gymnasium
import Randomness

/// Steps a vector of farms whose episodes all have the same number of steps, and takes the time.
///
///     let throughput = VectorThroughput(farms, steps: scenario.steps, team: .shared)
///     print(throughput.measure(.trace, episodes: 100))
public final class VectorThroughput {
    private let vector: any ImmediateRows
    private let buffers: RowBuffers
    private let steps: Int
    private let count: Int
    private var actions: [Int64]

    public init(_ vector: any ImmediateRows, steps: Int, team: ThreadTeam) {
        self.vector = vector
        vector.use(team)
        buffers = RowBuffers(for: vector)
        self.steps = steps
        count = vector.count
        actions = Array(repeating: 1, count: count)
    }

    /// - Returns: one repetition's figures as a JSON object.
    public func measure(_ policy: ActionPattern, episodes: Int) -> String {
        let tasks = play(policy, episodes: episodes, counts: true)
        let begun = (wall: ContinuousClock.now, processor: VectorThroughput.processorSeconds)
        _ = play(policy, episodes: episodes, counts: false)
        let wall = (ContinuousClock.now - begun.wall) / .seconds(1)
        let processor = VectorThroughput.processorSeconds - begun.processor
        let stepped = Double(episodes * steps * count)
        let figures: [(String, Double)] = [
            ("tasks_per_cpu_second", Double(tasks) / processor), ("tasks_per_second", Double(tasks) / wall),
            ("env_steps_per_second", stepped / wall),
            ("tasks_per_episode", Double(tasks) / Double(episodes * count)),
            ("peak_kilobytes", VectorThroughput.peakMemory),
        ]
        let numbers = figures.map { "\"\($0.0)\": \(($0.1 * 10).rounded() / 10)" }.joined(separator: ", ")
        return "{\"policy\": \"\(policy.rawValue)\", \"num_envs\": \(count), \(numbers)}"
    }

    /// Plays episodes of the same seeds; counting their tasks costs time, so that is done in a play of its own.
    private func play(_ policy: ActionPattern, episodes: Int, counts: Bool) -> Int64 {
        var generator = PCG64(seed: Seed(99))
        var tasks: Int64 = 0
        for episode in 0..<episodes {
            let first = UInt64(episode * count)
            // Nothing can be refused: farms in this process, and the mode is not `disabled`.
            _ = try? vector.resetNow(seeds: (0..<count).map { Seed(first + UInt64($0)) }, into: buffers)
            for step in 0..<steps {
                for index in actions.indices { actions[index] = policy.action(step, &generator) }
                actions.withUnsafeBytes { try? vector.stepNow(actions: $0, into: buffers) }
            }
            guard counts else { continue }
            for index in 0..<count {
                let totals = vector.info(at: index).first { $0.key == "totals" }?.value
                tasks += totals?["emitted"]?.int ?? 0
            }
        }
        return tasks
    }

    /// The most memory that the process has had, in kilobytes; 0 where there is no /proc.
    private static var peakMemory: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        return line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
    }

    /// Of all threads.
    private static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
