import Farm
import Gymnasium
import Randomness

extension Scenario {
    /// Two tasks a second for 40 s in steps of 2 s, with a mean deadline of a second.
    static func small(workers: WorkerBounds = WorkerBounds(min: 1, max: 10, initial: 4)) -> Scenario {
        Scenario(
            name: "small", arrivals: .phases([.init(name: "all", seconds: 40, rate: .constant(2))]),
            service: ServiceTime(.constant(0.5)), deadline: DeadlineRule(factor: 2, min: 0, max: 30), workers: workers,
            stepSeconds: 2, steps: 20)
    }

    /// The size of the paper's: 1140 tasks in 30 steps of 8 s.
    static let paperSized = Scenario(
        name: "paper-sized", arrivals: .phases([.init(name: "all", seconds: 240, rate: .constant(4.75), tasks: 1_140)]),
        service: ServiceTime(.constant(1.47)), deadline: DeadlineRule(factor: 2, min: 0.1, max: 30),
        workers: WorkerBounds(min: 1, max: 32, initial: 12), stepSeconds: 8, steps: 30)
}

extension WindowMetrics {
    /// A window of a farm that is at rest.
    static func calm(ready: Int = 12, time: Double = 8) -> WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = time
        metrics.windowSeconds = 8
        metrics.stages.first.workers.ready = ready
        metrics.stages.first.workers.desired = ready
        metrics.met = 10
        return metrics
    }

    /// Anything a farm may say, and much that it should not.
    static func wild(using generator: inout PCG64) -> WindowMetrics {
        func count() -> Int {
            switch generator.next() % 4 {
            case 0: 0
            case 1: Int(generator.next() % 40)
            case 2: Int(generator.next() % 100_000)
            default: [1, 10_000, 16_777_217, 1 << 40][Int(generator.next() % 4)]
            }
        }
        func number() -> Double {
            switch generator.next() % 6 {
            case 0: 0
            case 1: generator.nextDouble()
            case 2: generator.nextDouble() * 10_000
            case 3: 0.1
            case 4: [.infinity, .nan, -1, .greatestFiniteMagnitude][Int(generator.next() % 4)]
            default: 3_600
            }
        }
        func perhaps() -> Double? { generator.next() % 2 == 0 ? nil : number() }
        var metrics = WindowMetrics()
        metrics.time = number()
        metrics.windowSeconds = number()
        metrics.stages.first.queueLength = count()
        metrics.stages.first.oldestAge = number()
        metrics.stages.first.running = count()
        metrics.stages.first.workers.ready = count()
        metrics.stages.first.workers.starting = count()
        metrics.stages.first.workers.draining = count()
        metrics.stages.first.workers.desired = count()
        metrics.stages.first.workers.appliedDelta = count() - count()
        metrics.stages.first.arrivalRate = number()
        metrics.stages.first.recentArrivalRate = number()
        metrics.stages.first.serviceTimeMean = perhaps()
        metrics.stages.first.serviceTimeP95 = perhaps()
        metrics.responseTimeMean = perhaps()
        metrics.responseTimeMax = perhaps()
        metrics.stages.first.completions = count()
        metrics.stages.first.failures = count()
        metrics.met = count()
        metrics.missed = count()
        metrics.lateSeconds = number()
        metrics.stages.first.utilisation = number()
        metrics.stages.first.paidWorkerSeconds = number()
        metrics.stages.first.calls.retries = count()
        metrics.stages.first.calls.collisions = count()
        metrics.totals.done = count()
        metrics.phasesToCome = count()
        return metrics
    }
}

/// The name of the argument at fault, when `body` throws `badArgument`; and the message.
func refusal(_ body: () throws -> Void) -> (argument: String, message: String)? {
    do {
        try body()
        return nil
    } catch let error as EnvironmentError {
        guard case .badArgument(let name) = error.reason else { return nil }
        return (name, error.message)
    } catch {
        return nil
    }
}
