import Farm
import TestSupport
import Testing

@testable import LiveFarm

struct TaskLedgerTests {
    private func task(_ index: Int, at time: Double = 0, deadline: Double = 10) -> FarmTask {
        FarmTask(id: "t\(index)", index: index, generatedAt: time, deadlineAt: time + deadline, serviceSeconds: 1)
    }

    /// The next task's beginning, which the test says there is.
    private func begin(_ ledger: inout TaskLedger, at now: Double) throws -> (ticket: Int, task: FarmTask, attempt: Int)
    {
        let next = ledger.beginNext(at: now)
        return try #require(next)
    }

    @Test("Random operations keep emitted = queued + running + done + failed, and every task is decided at most once")
    func conservation() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<50 {
            var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 3, firstDelay: 0.5, maxDelay: 2))
            var running: [Int] = []
            var now = 0.0
            var met = 0
            var missed = 0
            var ended = 0
            for index in 0..<400 {
                now += Double.random(in: 0...0.2, using: &generator)
                switch Int.random(in: 0..<8, using: &generator) {
                case 0, 1:
                    ledger.emit(task(index, at: now, deadline: Double.random(in: 0...3, using: &generator)), at: now)
                case 2, 3: if let next = ledger.beginNext(at: now) { running.append(next.ticket) }
                case 4, 5:
                    guard let position = running.indices.randomElement(using: &generator) else { continue }
                    ledger.complete(running[position], worker: "w", overhead: nil, at: now)
                    // Sometimes the same answer comes twice.
                    if Bool.random(using: &generator) { running.remove(at: position) }
                case 6:
                    guard let ticket = running.popLast() else { continue }
                    ledger.retry(ticket, reason: "502", worker: "w", at: now)
                default:
                    guard let ticket = running.popLast() else { continue }
                    if Bool.random(using: &generator) {
                        ledger.collide(ticket, delay: 0.01, at: now)
                    } else {
                        ledger.fail(ticket, reason: "status 500", worker: "w", at: now)
                    }
                }
                #expect(ledger.totals.isConserved)
                if index % 20 == 0 {
                    let (tally, records) = ledger.closeWindow(at: now)
                    met += tally.met
                    missed += tally.missed
                    ended += records.count
                }
            }
            let (tally, records) = ledger.closeWindow(at: now)
            #expect(met + tally.met == ledger.totals.met)
            #expect(missed + tally.missed == ledger.totals.missed)
            #expect(ledger.totals.met + ledger.totals.missed <= ledger.totals.emitted)
            #expect(ended + records.count == ledger.totals.done + ledger.totals.failed)
            #expect(ledger.unfinished().count == ledger.openCount)
        }
    }

    @Test("A failed attempt waits out its back-off, counted as queued, and rejoins in generation order")
    func retryKeepsGenerationOrder() throws {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 3, firstDelay: 1, maxDelay: 8))
        ledger.emit(task(0), at: 0)
        let first = try begin(&ledger, at: 0)
        ledger.retry(first.ticket, reason: "503", worker: "w", at: 0.5)
        #expect(ledger.totals.queued == 1)
        ledger.emit(task(1, at: 0.6), at: 0.6)
        #expect(ledger.nextDue == 1.5)
        let second = try begin(&ledger, at: 1)
        #expect(second.task.index == 1)
        ledger.emit(task(2, at: 1.2), at: 1.2)
        let again = try begin(&ledger, at: 1.5)
        #expect(again.task.index == 0)
        #expect(again.attempt == 2)
    }

    @Test("After its last attempt a task is failed with its reason")
    func attemptsRunOut() throws {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 2, firstDelay: 0, maxDelay: 0))
        ledger.emit(task(0), at: 0)
        for _ in 0..<2 {
            let next = try begin(&ledger, at: 1)
            ledger.retry(next.ticket, reason: "status 502", worker: "w", at: 1)
        }
        #expect(ledger.totals.failed == 1)
        #expect(ledger.totals.failureReasons == ["status 502": 1])
        let window = ledger.closeWindow(at: 2)
        #expect(window.records.first?.attempts == 2)
    }

    @Test("A collision counts no attempt")
    func collisionIsNoAttempt() throws {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 1))
        ledger.emit(task(0), at: 0)
        for round in 0..<5 {
            let next = try begin(&ledger, at: Double(round))
            #expect(next.attempt == 1)
            ledger.collide(next.ticket, delay: 0.01, at: Double(round))
        }
        #expect(ledger.window.calls.collisions == 5)
        #expect(ledger.totals.failed == 0)
    }

    @Test("A task in a gateway's queue counts as queued until it runs, for as long as its result says it ran")
    func handedOver() throws {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 3))
        ledger.emit(task(0), at: 0)
        let next = ledger.beginNext(at: 1, isHandedOver: true)
        let begun = try #require(next)
        #expect(ledger.totals.queued == 1 && ledger.totals.running == 0 && ledger.totals.isConserved)
        let second = ledger.beginNext(at: 1)
        #expect(second == nil)
        ledger.start(begun.ticket, at: 2)
        #expect(ledger.totals.queued == 0 && ledger.totals.running == 1)
        ledger.complete(begun.ticket, worker: "w", overhead: nil, ran: 3, at: 6)
        let (tally, records) = ledger.closeWindow(at: 6)
        #expect(tally.serviceTimes == [3] && tally.responseTimes == [6])
        #expect(records.first?.firstStartedAt == 3 && ledger.totals.isConserved)
    }

    @Test("The answer to an attempt that was given up ends a task that waits again, once")
    func lateAnswer() throws {
        var ledger = TaskLedger(retry: RetryPolicy(maxAttempts: 3, firstDelay: 1, maxDelay: 1))
        ledger.emit(task(0), at: 0)
        let ticket = try begin(&ledger, at: 0).ticket
        ledger.retry(ticket, reason: "no callback", worker: "w", at: 1)
        #expect(ledger.isOpen(ticket))
        ledger.complete(ticket, worker: "w", overhead: nil, ran: 1, at: 1.5)
        #expect(ledger.totals.done == 1 && ledger.totals.isConserved && !ledger.isOpen(ticket))
        // Its place in the queue is passed over.
        let none = ledger.beginNext(at: 5)
        #expect(none == nil)
        ledger.complete(ticket, worker: "w", overhead: nil, at: 6)
        #expect(ledger.totals.done == 1 && ledger.window.calls.duplicates == 1)
    }

    @Test("A second answer for a task is counted and dropped")
    func duplicateAnswer() throws {
        var ledger = TaskLedger(retry: RetryPolicy())
        ledger.emit(task(0), at: 0)
        let next = try begin(&ledger, at: 0)
        ledger.complete(next.ticket, worker: "w", overhead: nil, at: 1)
        ledger.complete(next.ticket, worker: "w", overhead: nil, at: 2)
        #expect(ledger.totals.done == 1)
        let window = ledger.closeWindow(at: 2)
        #expect(window.tally.calls.duplicates == 1)
    }

    @Test("A task is missed at the instant its deadline passes, once, and its later result does not change that")
    func missedAtItsDeadline() throws {
        var ledger = TaskLedger(retry: RetryPolicy())
        ledger.emit(task(0, deadline: 1), at: 0)
        let next = try begin(&ledger, at: 0)
        let before = ledger.closeWindow(at: 1)
        #expect(before.tally.missed == 0)
        let after = ledger.closeWindow(at: 2)
        #expect(after.tally.missed == 1)
        ledger.complete(next.ticket, worker: "w", overhead: nil, at: 3)
        let (tally, records) = ledger.closeWindow(at: 4)
        #expect(tally.missed == 0 && tally.met == 0 && tally.completions == 1)
        #expect(tally.lateSeconds == 2)
        #expect(records.first?.isOnTime == false)
    }
}

struct TaskQueueTests {
    @Test("A heap gives its elements in order")
    func heapOrder() {
        var generator = SplitMix64(seed: 2)
        var heap = Heap<Int>()
        let numbers = (0..<500).map { _ in Int.random(in: 0..<100, using: &generator) }
        for number in numbers { heap.insert(number) }
        var taken: [Int] = []
        while let number = heap.popFirst() { taken.append(number) }
        #expect(taken == numbers.sorted())
    }

    @Test("Delayed tasks are invisible until they are due")
    func delayed() {
        var queue = TaskQueue()
        queue.insert(1, at: 5)
        queue.insert(2)
        #expect(queue.count == 2)
        let taken = [0, 4.9, 5].map { queue.popFirst(at: $0) }
        #expect(taken == [2, nil, 1])
    }
}
