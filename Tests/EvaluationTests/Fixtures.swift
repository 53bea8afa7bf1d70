@testable import Evaluation

/// Invented results that look like a farm's: QoS saturates with workers, costs follow workers.
enum Fixtures {
    static func episode(
        _ seed: UInt64, qos: Double = 0.97, workers: Double = 14, reward: Double = 10
    ) -> EpisodeResult {
        EpisodeResult(
            qos: qos, paperQoS: qos, meanWorkers: workers, meanReady: workers - 0.5, paperMeanWorkers: workers,
            meanDesired: workers, maxWorkers: workers + 2, workerSeconds: workers * 240, scalingActions: 4,
            responseTimeMean: 1.6, responseTimeP50: 1.5, responseTimeP95: 2.9, responseTimeP99: 3.4, queueMean: 0.5,
            reward: reward, seed: seed)
    }

    static func policy(
        _ name: String, qos: [Double], workers: [Double], firstSeed: UInt64 = 100, trace: EpisodeTrace? = nil
    ) -> PolicyResult {
        PolicyResult(
            policy: name,
            episodes: qos.indices.map { index in
                episode(
                    firstSeed + UInt64(index), qos: qos[index], workers: workers[index],
                    reward: 100 * qos[index] - workers[index])
            }, trace: trace)
    }

    /// A policy whose episodes share a difficulty with those of every other policy of as many episodes.
    static func noisy(
        _ name: String, qos: Double, workers: Double, episodes: Int, noise seed: UInt64 = 1, trace: EpisodeTrace? = nil
    ) -> PolicyResult {
        var shared = SplitMix64(seed: 99)
        var own = SplitMix64(seed: seed)
        var (qualities, sizes): ([Double], [Double]) = ([], [])
        for _ in 0..<episodes {
            let difficulty = Double.random(in: -1...1, using: &shared)
            let luck = Double.random(in: -1...1, using: &own)
            qualities.append(min(1, qos - (1 - qos) * (0.6 * difficulty + 0.1 * luck)))
            sizes.append(workers * (1 + 0.004 * difficulty + 0.004 * luck))
        }
        return policy(name, qos: qualities, workers: sizes, trace: trace)
    }

    static func trace(seed: UInt64 = 100, workers: Double, windows: Int = 30) -> EpisodeTrace {
        EpisodeTrace(
            seed: seed,
            windows: (1...windows).map { index in
                let rate = index < 8 ? 1.9 : index < 16 ? 7.5 : 5
                return EpisodeTrace.Window(
                    time: Double(index) * 8, arrivalRate: rate, desired: workers + Double(index % 3), ready: workers,
                    queueLength: max(0, rate * 1.47 - workers) * Double(index % 8), qos: 0.99)
            })
    }

    /// Fixed numbers of workers with the QoS that the paper's scenario gives them.
    static func fixedLine(episodes: Int) -> [PolicyResult] {
        let levels = [(12, 0.872), (13, 0.939), (14, 0.973), (15, 0.986), (16, 0.994), (17, 0.996)]
        return levels.map { workers, qos in
            noisy("static:\(workers)", qos: qos, workers: Double(workers), episodes: episodes, noise: UInt64(workers))
        }
    }

    /// Two policies, a baseline, a line, both yardsticks and traces.
    static func evaluation(episodes: Int = 20, baseline: String? = "ratchet") -> EvaluationResult {
        EvaluationResult(
            scenario: "paper-as-run@1", episodes: episodes, seed: 100, action: "delta:1",
            policies: [
                noisy("ppo", qos: 0.992, workers: 13.4, episodes: episodes, noise: 2, trace: trace(workers: 13)),
                noisy("ratchet", qos: 0.942, workers: 14.35, episodes: episodes, noise: 3, trace: trace(workers: 14)),
                noisy(
                    "queue-length:target=5,floor=2", qos: 0.89, workers: 14, episodes: episodes, noise: 4,
                    trace: trace(workers: 7)),
            ], baseline: baseline, fixedLine: fixedLine(episodes: episodes),
            yardsticks: EvaluationResult.Yardsticks(
                hindsight: noisy("timetable:0=12", qos: 0.9935, workers: 12.4, episodes: episodes, noise: 5),
                lowerBound: noisy("relaxed", qos: 0.997, workers: 10.9, episodes: episodes, noise: 6)))
    }
}
