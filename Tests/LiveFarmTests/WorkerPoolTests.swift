import Farm
import Testing

@testable import LiveFarm

struct WorkerPoolTests {
    @Test("The desired number is spread evenly over the functions", arguments: [0, 1, 5, 7, 12])
    func spread(count: Int) {
        var pool = WorkerPool(names: ["a", "b", "c"])
        pool.ask(for: count, at: 0)
        #expect(pool.desired == count)
        let asked = pool.units.map(\.asked)
        #expect((asked.max() ?? 0) - (asked.min() ?? 0) <= 1)
    }

    @Test("Ready never exceeds what is asked for, and a call in flight beyond it is draining")
    func readyAndDraining() {
        var pool = WorkerPool(names: ["a"])
        pool.ask(for: 4, at: 0)
        #expect(pool.starting == 4)
        pool.see(0, available: 4, at: 1)
        #expect(pool.ready == 4 && pool.starting == 0)
        for _ in 0..<4 { pool.beginCall(0, at: 1) }
        let freest = pool.freest(at: 1)
        #expect(freest == nil)
        pool.ask(for: 1, at: 2)
        #expect(pool.ready == 1 && pool.draining == 3)
        pool.endCall(0, at: 3)
        #expect(pool.draining == 2)
    }

    @Test("Paid worker-time counts starting, ready and draining workers")
    func paidTime() {
        var pool = WorkerPool(names: ["a"])
        pool.startAccounts()
        pool.ask(for: 2, at: 0)
        pool.see(0, available: 2, at: 3)
        pool.beginCall(0, at: 3)
        pool.beginCall(0, at: 3)
        pool.ask(for: 1, at: 4)
        let time = pool.closeWindow(at: 6)
        // Two starting for 3 s, two ready for 1 s, then one ready and one draining for 2 s.
        let paid: Double = 6 + 2 + 4
        #expect(time.paid == paid)
        #expect(time.ready == 4.0)
        #expect(time.busy == 6.0)
        let next = pool.closeWindow(at: 6)
        #expect(next.paid == 0)
    }

    @Test("faas-netes 662ce9c: a gateway that silently cuts the number is believed, and said once")
    func report21_clampedByGateway() {
        var pool = WorkerPool(names: ["a"])
        pool.ask(for: 8, at: 0)
        let told = pool.beginScaling(0)
        #expect(told == 8)
        let isLimited = pool.endScaling(0, count: 5, at: 1)
        #expect(isLimited)
        #expect(pool.desired == 5)
        #expect(pool.outOfDate(at: 1).isEmpty)
    }

    @Test("A number that changed while a scale call was under way is told afterwards")
    func changedWhileScaling() {
        var pool = WorkerPool(names: ["a"])
        pool.ask(for: 3, at: 0)
        _ = pool.beginScaling(0)
        pool.ask(for: 6, at: 1)
        #expect(pool.outOfDate(at: 1).isEmpty)
        let isLimited = pool.endScaling(0, count: 3, at: 2)
        #expect(!isLimited)
        #expect(pool.outOfDate(at: 2) == [0])
    }
}

struct WorkerPoolLimitTests {
    @Test(
        "A function that a call did not reach gets no further one until it is seen again, and stays counted as it was")
    func doubt() {
        var pool = WorkerPool(names: ["a", "b"])
        pool.ask(for: 2, at: 0)
        for index in 0..<2 { pool.see(index, available: 1, at: 0) }
        pool.receive(.away, of: 0, begunAt: 0, at: 0)
        var freest = pool.freest(at: 0)
        #expect(freest == 1)
        pool.receive(.away, of: 1, begunAt: 0, at: 0)
        freest = pool.freest(at: 0)
        #expect(freest == nil)
        #expect(pool.ready == 2)
        pool.see(0, available: nil, at: 1)
        freest = pool.freest(at: 1)
        #expect(freest == nil)
        pool.see(0, available: 1, at: 2)
        freest = pool.freest(at: 2)
        #expect(freest == 0)
    }

    @Test("What one function does not take, others do; bounds that the gateway sets are kept")
    func waterfill() {
        var pool = WorkerPool(names: ["a", "b", "c"])
        pool.ask(for: 12, at: 0)
        for index in 0..<3 { _ = pool.beginScaling(index) }
        _ = pool.endScaling(0, count: 2, at: 1)
        #expect(pool.desired == 12)
        #expect(pool.units.map(\.asked) == [2, 5, 5])
        _ = pool.endScaling(1, count: 4, at: 1)
        _ = pool.endScaling(2, count: 4, at: 1)
        #expect(pool.outOfDate(at: 1) == [1, 2])
        for index in 1..<3 {
            _ = pool.beginScaling(index)
            _ = pool.endScaling(index, count: 4, at: 2)
        }
        #expect(pool.desired == 10)
        #expect(pool.outOfDate(at: 2).isEmpty)
    }

    @Test("A function that cannot go to 0 keeps its floor")
    func floor() {
        var pool = WorkerPool(names: ["a", "b"])
        pool.ask(for: 1, at: 0)
        #expect(pool.beginScaling(1) == 0)
        let isLimited = pool.endScaling(1, count: 1, at: 1)
        #expect(isLimited)
        pool.ask(for: 2, at: 2)
        #expect(pool.units.map(\.asked) == [1, 1])
        pool.ask(for: 1, at: 3)
        #expect(pool.units.map(\.asked) == [0, 1])
        #expect(pool.floor == 1)
    }

    @Test("A floor that is known from the start is kept, and stays known")
    func knownFloor() {
        var pool = WorkerPool(names: ["a", "b", "c"], leastEach: 1)
        pool.ask(for: 1, at: 0)
        #expect(pool.units.map(\.asked) == [1, 1, 1])
        pool.forgetLimits()
        #expect(pool.floor == 3)
    }

    @Test("A call that waits in a gateway's queue keeps no worker busy, and takes its place all the same")
    func waitingCalls() {
        var pool = WorkerPool(names: ["a"])
        pool.ask(for: 2, at: 0)
        pool.see(0, available: 2, at: 0)
        pool.beginCall(0, isWaiting: true, at: 0)
        pool.beginCall(0, isWaiting: true, at: 0)
        let freest = pool.freest(at: 0)
        #expect(freest == nil && pool.units[0].busy == 0)
        pool.startCall(0, at: 1)
        pool.endCall(0, at: 2)
        pool.endCall(0, isWaiting: true, at: 2)
        let time = pool.closeWindow(at: 2)
        #expect(time.busy == 1 && time.ready == 4)
        #expect(pool.inFlight == 0 && pool.units[0].waiting == 0)
    }
}

struct DisposableWorkersTests {
    private func pool(_ count: Int) -> WorkerPool {
        var pool = WorkerPool(names: (1...count).map { "w-\($0)" }, isSingle: true)
        pool.ask(for: count, at: 0)
        for index in 0..<count {
            _ = pool.beginScaling(index)
            pool.note(remains: true, of: index, at: 0)
            _ = pool.endScaling(index, count: 1, at: 0)
            pool.see(index, available: 1, at: 0)
        }
        return pool
    }

    @Test("Idle workers are retired before busy ones")
    func idleFirst() {
        var pool = pool(4)
        pool.beginCall(3, at: 0)
        pool.beginCall(0, at: 0)
        pool.ask(for: 2, at: 1)
        #expect(pool.units.map(\.asked) == [1, 0, 0, 1])
        #expect(pool.outOfDate(at: 1) == [1, 2])
    }

    @Test("A retired worker is paid for until it is gone, and a busy one is not deleted")
    func paidUntilGone() {
        var pool = pool(2)
        pool.startAccounts()
        pool.beginCall(0, at: 0)
        pool.beginCall(1, at: 0)
        pool.ask(for: 0, at: 0)
        #expect(pool.outOfDate(at: 0).isEmpty)
        #expect(pool.draining == 2)
        pool.endCall(1, at: 1)
        #expect(pool.outOfDate(at: 1) == [1])
        #expect(pool.draining == 2)
        _ = pool.beginScaling(1)
        _ = pool.endScaling(1, count: 0, at: 2)
        pool.note(remains: false, of: 1, at: 2)
        #expect(pool.draining == 1)
        let time = pool.closeWindow(at: 3)
        #expect(time.paid == 5.0)
    }

    @Test("A worker that was to be retired and still works is kept when it is wanted again")
    func wantedAgain() {
        var pool = pool(3)
        pool.beginCall(2, at: 0)
        pool.ask(for: 1, at: 1)
        pool.ask(for: 3, at: 2)
        #expect(pool.outOfDate(at: 2).isEmpty)
    }
}
