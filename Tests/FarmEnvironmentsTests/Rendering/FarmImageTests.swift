import Farm
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

@Suite("FarmImage")
struct FarmImageTests {
    private func image(_ metrics: WindowMetrics, _ trace: FarmTrace? = nil, reward: Double? = nil) -> Raster {
        FarmImage(
            metrics: metrics, scenario: .small(), trace: trace ?? FarmTrace(metrics), reward: reward
        ).drawn()
    }

    private func count(_ colour: Colour, in raster: Raster, rows: Range<Int>) -> Int {
        rows.map { y in (0..<raster.width).count { raster[$0, y] == colour } }.reduce(0, +)
    }

    /// Of the workers' cells.
    private let workerRows = 77..<117
    /// Of the waiting tasks' cells.
    private let queueRows = 45..<57

    @Test("each state of workers has cells of its colour, in its number")
    func workers() {
        var metrics = WindowMetrics.calm(ready: 4)
        metrics.stages.first.running = 5
        metrics.stages.first.workers.starting = 3
        metrics.stages.first.workers.draining = 2
        let raster = image(metrics)
        // Frames of the desired number aside, cells are alike.
        let cell = count(.starting, in: raster, rows: workerRows) / 3
        #expect(cell > 50)
        #expect(count(.busy, in: raster, rows: workerRows) == 3 * cell)
        #expect(count(.idle, in: raster, rows: workerRows) == cell)
        #expect(count(.draining, in: raster, rows: workerRows) == 2 * cell)
    }

    @Test("a longer queue fills more cells")
    func queue() {
        let filled = [0, 1, 2, 40, 300].map { length in
            var metrics = WindowMetrics.calm()
            metrics.stages.first.queueLength = length
            return count(.waiting, in: image(metrics), rows: queueRows)
        }
        #expect(filled[0] == 0)
        #expect(filled[1] > 0 && filled[2] == 2 * filled[1] && filled[3] > filled[2])
    }

    @Test("charts show the course: a missed deadline bends the QoS, a growing farm its curve")
    func course() {
        var good = FarmTrace(.calm(time: 0))
        var bad = good
        for step in 1...10 {
            var metrics = WindowMetrics.calm(ready: 4, time: Double(2 * step))
            good.append(metrics)
            if step > 5 { metrics.missed = 10 }
            bad.append(metrics)
        }
        let now = WindowMetrics.calm(ready: 4, time: 20)
        #expect(image(now, good) != image(now, bad))
        #expect(image(now, good) == image(now, good))
    }

    @Test("whatever a farm says, there is a picture, of the same size, and the same again")
    func wild() {
        var generator = PCG64(seed: Seed(11))
        for _ in 0..<8 {
            var trace = FarmTrace(.wild(using: &generator))
            for _ in 0..<30 { trace.append(.wild(using: &generator)) }
            let metrics = WindowMetrics.wild(using: &generator)
            let raster = image(metrics, trace, reward: 1e300)
            #expect(raster.image.shape == [400, 640, 3])
            #expect(raster == image(metrics, trace, reward: 1e300))
        }
    }
}
