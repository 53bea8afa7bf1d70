import Testing

@testable import LiveFarm

struct WorkerPoolTests {
    @Test("The desired number is spread evenly over the functions", arguments: [0, 1, 5, 7, 12])
    func spread(count: Int) {
        var pool = WorkerPool(names: ["a", "b", "c"])
        pool.ask(for: count, at: 0)
        #expect(pool.desired == count)
        let asked = pool.functions.map(\.asked)
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
        #expect(pool.freest == nil)
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
        let isLimited = pool.endScaling(0, replicas: 5, at: 1)
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
        let isLimited = pool.endScaling(0, replicas: 3, at: 2)
        #expect(!isLimited)
        #expect(pool.outOfDate(at: 2) == [0])
    }
}
