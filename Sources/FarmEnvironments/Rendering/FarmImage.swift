import Farm
import Foundation
import Gymnasium

/// A picture of a farm at the end of a window: its queue, its workers, and the episode so far.
///
///     T 120.0 / 600 S          REWARD -0.42
///     QUEUE 17  OLDEST 1.2 S   ■■■■■■■■■■■■■■■■■
///     WORKERS 12 (8 BUSY, …)   ■■■■■■■■□□□□
///     arrivals and queue  over time
///     workers and desired over time
///     QoS                 over time
struct FarmImage {
    let metrics: WindowMetrics
    let scenario: Scenario
    let trace: FarmTrace
    /// Of the last step; nil after a reset.
    let reward: Double?

    static let width = 640
    static let height = 400
    private static let margin = 12
    private static let inner = width - 2 * margin

    func drawn() -> Raster {
        var raster = Raster(width: FarmImage.width, height: FarmImage.height, colour: .paper)
        let (left, right) = (FarmImage.margin, FarmImage.width - FarmImage.margin)
        raster.write(
            "T \(number(metrics.time)) / \(number(scenario.horizon)) S", x: left, y: 10, size: 2, .ink)
        if let reward {
            raster.write("REWARD \(number(reward, digits: 3))", endingAt: right, y: 10, size: 2, .ink)
        }
        drawQueue(on: &raster)
        drawWorkers(on: &raster)
        drawCharts(on: &raster)
        return raster
    }

    private func drawQueue(on raster: inout Raster) {
        raster.write(
            "QUEUE \(metrics.queueLength)  OLDEST \(number(metrics.oldestAge)) S  "
                + "ARRIVALS \(number(metrics.arrivalRate)) /S", x: FarmImage.margin, y: 34, .ink)
        let box = PixelBox(FarmImage.margin, 45, width: FarmImage.inner, height: 12)
        let cells = CellGrid(box: box, count: max(metrics.queueLength, 0))
        raster.fill(box, .ground)
        cells.draw(0..<max(metrics.queueLength, 0), .waiting, on: &raster)
    }

    private func drawWorkers(on raster: inout Raster) {
        let workers = WorkerStates(metrics)
        let bounds = scenario.workers
        raster.write(
            "WORKERS \(workers.busy) BUSY, \(workers.idle) IDLE, \(workers.starting) STARTING, "
                + "\(workers.draining) DRAINING, \(metrics.desired) OF \(bounds.min)-\(bounds.max) DESIRED",
            x: FarmImage.margin, y: 66, .ink)
        let box = PixelBox(FarmImage.margin, 77, width: FarmImage.inner, height: 40)
        raster.fill(box, .ground)
        let room = max(scenario.workers.max, workers.count, metrics.desired, 1)
        let cells = CellGrid(box: box, count: room)
        var first = 0
        for (count, colour) in workers.coloured {
            cells.draw(first..<first &+ count, colour, on: &raster)
            first &+= count
        }
        cells.mark(max(metrics.desired, 0), .ink, on: &raster)
    }

    private func drawCharts(on raster: inout Raster) {
        let samples = trace.samples
        let highest = Double(max(scenario.workers.max, 1))
        let charts = [
            FarmChart(
                title: "TASKS/S", second: "QUEUE",
                curves: [
                    .init(.arriving, of: samples) { $0.arrivalRate },
                    .init(.waiting, of: samples, onSecondScale: true) { Double($0.queueLength) },
                ]),
            FarmChart(
                title: "WORKERS", second: "DESIRED", highest: highest,
                curves: [
                    .init(.busy, of: samples) { Double($0.paid) },
                    .init(.idle, of: samples) { Double($0.ready) },
                    .init(.ink, of: samples) { Double($0.desired) },
                ]),
            FarmChart(
                title: "QOS %", second: "EPISODE \(number(metrics.totals.decidedQoS * 100)) %", highest: 100,
                curves: [.init(.good, of: samples) { $0.qos.map { $0 * 100 } }]),
        ]
        for (place, chart) in charts.enumerated() {
            let box = PixelBox(FarmImage.margin, 126 + place * 90, width: FarmImage.inner, height: 84)
            chart.draw(on: &raster, in: box, until: max(scenario.horizon, samples.last?.time ?? 0))
        }
    }

    private func number(_ value: Double, digits: Int = 1) -> String {
        String(format: "%.\(digits)f", value)
    }
}

/// A farm's workers by what they do, none counted twice.
struct WorkerStates: Sendable, Hashable {
    /// Ready, with a task.
    let busy: Int
    /// Ready, without one.
    let idle: Int
    let starting: Int
    /// With their last task.
    let draining: Int

    init(_ metrics: WindowMetrics) {
        draining = max(metrics.draining, 0)
        starting = max(metrics.starting, 0)
        let ready = max(metrics.ready, 0)
        busy = min(max(metrics.running - draining, 0), ready)
        idle = ready - busy
    }

    var count: Int { busy &+ idle &+ starting &+ draining }

    /// In the order they are drawn in.
    var coloured: [(Int, Colour)] {
        [(busy, .busy), (idle, .idle), (starting, .starting), (draining, .draining)]
    }
}

extension Colour {
    static let paper = Colour(0xFFFFFF)
    static let ground = Colour(0xF1F3F5)
    static let grid = Colour(0xD5DADF)
    static let ink = Colour(0x212529)
    /// Told apart also by those who see few colours (after Okabe and Ito, 2008).
    static let busy = Colour(0x0072B2)
    static let idle = Colour(0x56B4E9)
    static let starting = Colour(0xE69F00)
    static let draining = Colour(0x8C8C8C)
    static let waiting = Colour(0xD55E00)
    static let arriving = Colour(0xCC79A7)
    static let good = Colour(0x009E73)
}
