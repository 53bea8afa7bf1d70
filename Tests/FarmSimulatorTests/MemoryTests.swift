import Farm
import Foundation
import Randomness
import Testing

@testable import FarmSimulator

struct MemoryTests {
    private static func scenario(tasks: Double) -> Scenario {
        var scenario = Scenario.queue(
            Scenario.rate(100, seconds: tasks / 100), service: ServiceTime(.gamma(shape: 4, mean: 0.1)), workers: 12,
            deadline: 1,
            step: 10, steps: Int(tasks / 1_000))
        scenario.platform.idlePoll = 0.01
        scenario.platform.collectPoll = 0.1
        scenario.platform.stop = [0.5]
        scenario.stages.first.startUp = StartUpDelay(mean: 1)
        scenario.faults.attempt = 0.05
        return scenario
    }

    @Test("What an engine holds grows with what waits, not with what has passed", arguments: [1e3, 1e4, 1e5])
    func holdings(tasks: Double) {
        let scenario = Self.scenario(tasks: tasks)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        var metrics = WindowMetrics()
        var most = [0, 0, 0, 0]
        for window in 0..<scenario.steps {
            engine.scale(to: window % 2 == 0 ? 14 : 12)
            engine.run(until: engine.now + 10)
            engine.closeWindow(into: &metrics, recent: (0, 1))
            let held = [engine.events.count, engine.queue.count, engine.parked.places.count, engine.workers.count]
            most = zip(most, held).map(max)
        }
        #expect(abs(Double(metrics.totals.emitted) - tasks) < 6 * tasks.squareRoot())
        // Twelve workers, and a tenth of a second's results.
        #expect(most[0] < 150 && most[1] < 400 && most[2] < 100 && most[3] <= 30, "\(most)")
    }

    #if os(Linux) && compiler(>=6.2)
        /// In a process of its own, since other tests allocate beside it.
        @Test("An episode of a million tasks takes no more memory than one of a thousand")
        func resident() async {
            await #expect(processExitsWith: .success) {
                func residentKilobytes() -> Int {
                    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
                    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
                    return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
                }
                func episode(tasks: Double) -> (done: Int, kilobytes: Int) {
                    let farm = SimulatedFarm(MemoryTests.scenario(tasks: tasks))
                    farm.reset(seed: Seed(1))
                    while farm.end == nil { farm.advance(Staffing(farm.metrics.step % 2 == 0 ? 14 : 12)) }
                    return (farm.metrics.totals.done, residentKilobytes())
                }
                let small = episode(tasks: 1_000)
                let large = episode(tasks: 1_000_000)
                guard small.kilobytes > 0, small.done > 500, large.done > 900_000 else { exit(2) }
                // A word for each task would be 8 MB.
                guard large.kilobytes - small.kilobytes < 2_048 else {
                    print("\(small) and \(large)")
                    exit(3)
                }
            }
        }
    #endif
}
