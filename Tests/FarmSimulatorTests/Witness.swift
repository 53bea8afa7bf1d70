import Farm
import Randomness
import Testing

@testable import FarmSimulator

/// Watches an engine event by event, and keeps books of its own: where each task is, who was paid for how long, which
/// deadlines passed. Whatever it finds at odds is in ``complaints``.
struct Witness {
    /// Whether tasks must begin in the order of their generation.
    let isExact: Bool
    private let horizonOfTasks: [FarmTask]
    private let book = Book()
    var complaints: [String] { book.complaints }

    private var last = View()
    private var ended: [UInt32: (time: Double, isDone: Bool)] = [:]
    private var begun: [UInt32: Double] = [:]
    private var deadlines: [UInt32: Double] = [:]
    private(set) var paid = 0.0
    private(set) var ready = 0.0
    private var able = 0.0
    private var busy = 0.0
    private var windowStart = 0.0
    private var arrivals = 0
    private var done = 0
    private var failed = 0

    /// What can be seen between two events.
    struct View {
        struct Attempt: Hashable {
            var slot: UInt32
            var life: UInt16
            var index: UInt32
            var attempts: UInt32
        }

        var time = 0.0
        var waiting: [UInt32] = []
        var parked: [UInt32] = []
        /// Attempts under way, by worker; one that was given up is not among them.
        var attempts: [Attempt] = []
        var alive = 0
        var ready = 0
        var able = 0
        var busy = 0
        var idle = 0
        var starting = 0
        var desired = 0
        var done = 0
        var failed = 0
        var emitted = 0
        var tasks: [OpenTask] = []
        var begunAt: [UInt32: Double] = [:]
    }

    init(_ scenario: Scenario, seed: Seed) {
        isExact = scenario.platform.dispatch == .exact
        horizonOfTasks = TaskStream(scenario: scenario, seed: seed).tasks
    }

    static func look(_ engine: borrowing Engine) -> View {
        var view = View()
        view.time = engine.now
        engine.queue.forEach {
            view.waiting.append($0.index)
            view.tasks.append($0)
        }
        for place in engine.parked.places where place.isTaken {
            view.parked.append(place.task.index)
            view.tasks.append(place.task)
        }
        for slot in 0..<UInt32(engine.workers.count) where engine.workers[slot].state == .busy {
            let worker = engine.workers[slot]
            guard !worker.isGivenUp else { continue }
            view.attempts.append(
                .init(slot: slot, life: worker.life, index: worker.task.index, attempts: worker.task.attempts))
            view.tasks.append(worker.task)
            view.begunAt[worker.task.index] = worker.begunAt
        }
        view.alive = engine.alive
        view.ready = engine.ready
        view.able = engine.idle + engine.busy
        view.busy = engine.busy
        view.idle = engine.idle
        view.starting = engine.starting
        view.desired = engine.desired
        view.done = engine.totals.done
        view.failed = engine.totals.failed
        view.emitted = engine.totals.emitted
        return view
    }

    /// After a reset, and after every event and every scaling.
    mutating func see(_ engine: borrowing Engine) {
        let view = Witness.look(engine)
        expect(view.time >= last.time - 1e-9, "time went back from \(last.time) to \(view.time)")
        pay(until: view.time)
        placesAreDistinct(view)
        expect(
            view.ready + view.starting == view.desired,
            "ready \(view.ready) + starting \(view.starting) ≠ desired \(view.desired)")
        expect(view.able >= view.ready && view.alive >= view.able + view.starting, "more ready than alive")
        if isExact { expect(view.idle == 0 || view.waiting.isEmpty, "a worker idles while \(view.waiting.count) wait") }
        arrivalsAreThoseOfTheStream(view)
        beginnings(view)
        endings(view)
        last = view
    }

    /// Compares a window that has ended at `metrics.time`.
    mutating func compare(_ metrics: WindowMetrics) {
        pay(until: metrics.time)
        last.time = metrics.time
        let window = windowStart..<metrics.time
        expect(metrics.totals.isConserved, "\(metrics.totals)")
        expect(
            metrics.arrivals == arrivals && metrics.completions == done && metrics.failures == failed, "window counts")
        expect(
            abs(metrics.paidWorkerSeconds - paid) < 1e-6 * max(1, paid),
            "paid \(metrics.paidWorkerSeconds), expected \(paid)")
        expect(
            abs(metrics.readyWorkerSeconds - ready) < 1e-6 * max(1, ready),
            "ready \(metrics.readyWorkerSeconds), expected \(ready)")
        if able > 1e-6 {
            let utilisation = min(max(busy / able, 0), 1)
            expect(
                abs(metrics.stages.first.utilisation - utilisation) < 1e-6,
                "utilisation \(metrics.stages.first.utilisation), expected \(utilisation)")
        }
        var met = 0
        var missed = 0
        for (index, deadline) in deadlines {
            let end = ended[index]
            let decided = end.map { $0.isDone && $0.time <= deadline ? $0.time : min($0.time, deadline) } ?? deadline
            // An end at the very end of a window comes in the next.
            guard window.contains(decided) else { continue }
            if let end, end.isDone, end.time <= deadline { met += 1 } else { missed += 1 }
        }
        expect(
            metrics.met == met && metrics.missed == missed,
            "met \(metrics.met) and missed \(metrics.missed), expected \(met) and \(missed) in \(window)")
        windowStart = metrics.time
        (paid, ready, able, busy, arrivals, done, failed) = (0, 0, 0, 0, 0, 0, 0)
    }

    private func expect(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds, complaints.count < 5 { book.complaints.append("at \(last.time): \(complaint())") }
    }

    /// Apart from the value, so that its own state can be named in a complaint.
    private final class Book {
        var complaints: [String] = []
    }

    private mutating func pay(until time: Double) {
        let seconds = time - last.time
        paid += seconds * Double(last.alive)
        ready += seconds * Double(last.ready)
        able += seconds * Double(last.able)
        busy += seconds * Double(last.busy)
        // A poll is no work yet.
        for begunAt in last.begunAt.values { busy -= max(0, min(begunAt, time) - last.time) }
        last.time = time
    }

    private mutating func placesAreDistinct(_ view: View) {
        let places = view.tasks.map(\.index)
        expect(Set(places).count == places.count, "a task is in two places")
        expect(
            places.count == view.emitted - view.done - view.failed,
            "\(places.count) tasks are open, \(view.emitted) emitted")
    }

    private mutating func arrivalsAreThoseOfTheStream(_ view: View) {
        arrivals += view.emitted - last.emitted
        for task in view.tasks where deadlines[task.index] == nil {
            deadlines[task.index] = task.deadline
            let expected = horizonOfTasks[Int(task.index)]
            expect(
                task.generated == expected.generatedAt && task.deadline == expected.deadlineAt
                    && (expected.serviceSeconds == nil || task.service == expected.serviceSeconds),
                "task \(task.index) is not the stream's")
            expect(task.generated == view.time, "task \(task.index) of \(task.generated) came at \(view.time)")
        }
        expect(deadlines.count == view.emitted, "\(deadlines.count) tasks seen, \(view.emitted) emitted")
    }

    private mutating func beginnings(_ view: View) {
        let before = Set(last.attempts)
        for attempt in view.attempts where !before.contains(attempt) {
            begun[attempt.index] = view.time
            expect(view.begunAt[attempt.index] ?? 0 >= view.time, "task \(attempt.index) began in the past")
            expect(attempt.attempts >= 1, "an attempt without number")
            if isExact, let first = view.waiting.min() {
                expect(attempt.index < first, "task \(attempt.index) began before \(first), which waits")
            }
        }
    }

    private mutating func endings(_ view: View) {
        let open = Set(view.tasks.map(\.index))
        let doneNow = view.done - last.done
        let failedNow = view.failed - last.failed
        expect(
            doneNow >= 0 && failedNow >= 0 && doneNow + failedNow <= 1 || view.desired != last.desired,
            "several ends at once")
        for task in last.tasks where !open.contains(task.index) {
            expect(ended[task.index] == nil, "task \(task.index) ended twice")
            ended[task.index] = (view.time, failedNow == 0)
            expect(begun[task.index] != nil, "task \(task.index) ended before it began")
        }
        done += doneNow
        failed += failedNow
    }
}
