import Farm
import FarmSimulator
import Foundation
import Randomness
import Testing

struct SimFaaSTests {
    private struct Figures {
        var coldShare = 0.0
        var workers = 0.0
        var busy = 0.0
        var life = 0.0
    }

    private func figures(seed: UInt64) throws -> Figures {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../examples/scenarios/simfaas.yaml")
        var scenario = try Scenario(yaml: try String(contentsOf: file, encoding: .utf8), file: "simfaas.yaml")
        // A fifth of the published length.
        scenario.steps = 200
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(seed))
        var paid = 0.0
        var busy = 0.0
        var starts = 0
        while farm.end == nil {
            farm.advance(Staffing(0))
            paid += farm.metrics.paidWorkerSeconds
            busy += farm.metrics.stages.first.utilisation * farm.metrics.paidWorkerSeconds
            starts += farm.metrics.stages.first.workers.starts
        }
        let seconds = scenario.horizon
        return Figures(
            coldShare: Double(starts) / Double(farm.metrics.totals.emitted), workers: paid / seconds,
            busy: busy / seconds,
            life: paid / Double(starts))
    }

    /// The published figures are of one run of 10^6 s, ours the mean of eight of a fifth of that; their spread between runs
    /// bounds what both may differ by.
    @Test("SimFaaS's published example: cold starts, workers, busy and idle ones, and a worker's life")
    func publishedExample() throws {
        let runs = try (1...8).map { try figures(seed: $0) }
        func agrees(_ path: KeyPath<Figures, Double>, with published: Double) -> Bool {
            let values = runs.map { $0[keyPath: path] }
            let mean = values.reduce(0, +) / 8
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 7
            // Of a run five times as long, and of our mean.
            let error = (variance / 5 + variance / 8).squareRoot()
            return abs(mean - published) < 3 * error
        }
        #expect(agrees(\.coldShare, with: 1_213.0 / 898_469))
        #expect(agrees(\.workers, with: 7.661))
        #expect(agrees(\.busy, with: 1.788))
        #expect(runs.allSatisfy { abs($0.busy - 0.9 * 1.991) < 0.05 })
        #expect(agrees(\.life, with: 6_335))
    }
}
