import Farm
import Testing

@testable import LiveFarm

@Suite("How far a function that refuses is left alone")
struct RestraintTests {
    private let rests = Restraint.Rests(first: 0.5, longest: 10, taken: 1)

    @Test("A function of one worker rests for a growing while, and is back with the first call that is taken")
    func oneWorker() {
        var restraint = Restraint()
        var now = 0.0
        var begun: [Double] = []
        while now < 60 {
            if restraint.capacity(of: 1, at: now) == 1 {
                begun.append(now)
                restraint.begin(at: now)
                restraint.refuse(begunAt: now, ready: 1, rests: rests, at: now + 0.001)
            }
            now += 0.01
        }
        // Rests of 0.5, 1.5, 4.5 and then 10 s.
        #expect(begun.count == 9, "\(begun)")
        restraint.begin(at: now + 20)
        let outage = restraint.accept(begunAt: now + 20, inFlight: 1, at: now + 21)
        #expect(restraint.capacity(of: 1, at: now + 21) == 1 && restraint.held == 0)
        #expect(outage?.began == 0.001 && outage?.isFirst == true)
    }

    @Test("One black hole among three holds one worker back, and a call that is taken after the rest lets it try again")
    func oneOfThree() {
        var restraint = Restraint()
        for inFlight in 1...3 { _ = restraint.accept(begunAt: -1, inFlight: inFlight, at: -0.5) }
        restraint.refuse(begunAt: 0, ready: 3, rests: rests, at: 0.001)
        #expect(restraint.capacity(of: 3, at: 0.01) == 2)
        // A call that began before the rest's end ran on another.
        _ = restraint.accept(begunAt: 0.1, inFlight: 2, at: 0.6)
        #expect(restraint.held == 1)
        #expect(restraint.capacity(of: 3, at: 0.6) == 3)
        _ = restraint.accept(begunAt: 0.6, inFlight: 2, at: 1.1)
        #expect(restraint.held == 0)
    }

    @Test("Of replicas none of which has taken a call, none is called during the rest")
    func noneProven() {
        var restraint = Restraint()
        restraint.refuse(begunAt: 0, ready: 3, rests: rests, at: 0.001)
        #expect(restraint.capacity(of: 3, at: 0.01) == 0)
        #expect(restraint.capacity(of: 3, at: 0.6) == 3)
    }

    @Test("Fifty cold replicas cost a refusal each once, then one at a time; long work that is not refused opens them")
    func manyAtOnce() {
        var restraint = Restraint()
        _ = restraint.accept(begunAt: -1, inFlight: 1, at: -0.5)
        for _ in 0..<49 { restraint.refuse(begunAt: 0, ready: 50, rests: rests, at: 0.001) }
        #expect(restraint.capacity(of: 50, at: 0.1) == 1)
        #expect(restraint.capacity(of: 50, at: 0.6) == 2)
        restraint.begin(at: 0.6)
        _ = restraint.settle(inFlight: 2, rests: rests, at: 1.5)
        #expect(restraint.held == 49)
        _ = restraint.settle(inFlight: 2, rests: rests, at: 1.6)
        #expect(restraint.held == 24)
        #expect(restraint.capacity(of: 50, at: 1.6) == 27)
    }

    @Test("It is known when calls may go again")
    func nextChange() {
        var restraint = Restraint()
        #expect(restraint.nextChange(rests: rests, after: 0) == nil)
        restraint.refuse(begunAt: 0, ready: 1, rests: rests, at: 0)
        #expect(restraint.nextChange(rests: rests, after: 0.1) == 0.5)
        restraint.begin(at: 0.5)
        #expect(restraint.nextChange(rests: rests, after: 0.6) == 1.5)
    }
}

struct WorkerPoolDispatchTests {
    @Test("A task that was refused goes to another function, and those that refused come last")
    func others() {
        var pool = WorkerPool(names: ["a", "b"])
        pool.ask(for: 6, at: 0)
        for index in 0..<2 {
            _ = pool.beginScaling(index)
            _ = pool.endScaling(index, count: 3, at: 0)
            pool.see(index, available: 3, at: 0)
        }
        for index in 0..<2 { pool.receive(.taken, of: index, begunAt: -1, at: 0) }
        pool.receive(.refused, of: 0, begunAt: 0, at: 0.001)
        for _ in 0..<3 {
            let freest = pool.freest(at: 0.01)
            #expect(freest == 1)
            pool.beginCall(1, at: 0.01)
        }
        let freest = pool.freest(at: 0.01)
        #expect(freest == 0)
    }

    @Test(
        "A new worker of a pool of functions waits for its first call while those that have proven themselves are free")
    func provenFirst() {
        var pool = WorkerPool(names: ["w-1", "w-2"], isSingle: true)
        pool.ask(for: 2, at: 0)
        for index in 0..<2 {
            _ = pool.beginScaling(index)
            _ = pool.endScaling(index, count: 1, at: 0)
            pool.see(index, available: 1, at: 0)
        }
        pool.receive(.taken, of: 1, begunAt: 0, at: 0.5)
        let freest = pool.freest(at: 1)
        #expect(freest == 1)
    }

    @Test("How long a function refused after it came up is what the next one is given")
    func learning() {
        var pool = WorkerPool(names: ["a", "b"])
        pool.ask(for: 2, at: 0)
        pool.see(0, available: 1, at: 0)
        pool.receive(.refused, of: 0, begunAt: 0, at: 4.5)
        pool.beginCall(0, at: 5.5)
        pool.receive(.taken, of: 0, begunAt: 5.5, at: 6)
        pool.endCall(0, at: 6)
        pool.beginCall(0, at: 10)
        pool.see(1, available: 1, at: 10)
        // 0.9 times the 5 s after which it was tried again.
        var freest = pool.freest(at: 14.4)
        #expect(freest == nil)
        #expect(pool.nextChange(after: 10).map { abs($0 - 14.5) < 0.01 } == true)
        freest = pool.freest(at: 14.6)
        #expect(freest == 1)
    }

    @Test("A worker that dies long after it came up says nothing of how workers start")
    func nothingLearned() {
        var pool = WorkerPool(names: ["a", "b"])
        pool.ask(for: 2, at: 0)
        pool.see(0, available: 1, at: 0)
        pool.receive(.taken, of: 0, begunAt: 0, at: 0.5)
        pool.receive(.refused, of: 0, begunAt: 4, at: 4)
        pool.receive(.taken, of: 0, begunAt: 6, at: 6.5)
        pool.see(1, available: 1, at: 10)
        #expect(pool.coldStarts.outage == nil && pool.units[1].restraint.held == 0)
    }

    @Test("Functions that have taken no call yet are tried one at a time once one of them has refused")
    func scouts() {
        var pool = WorkerPool(names: ["a", "b", "c"])
        pool.ask(for: 3, at: 0)
        for index in 0..<3 { pool.see(index, available: 1, at: 0) }
        pool.receive(.refused, of: 0, begunAt: 0, at: 0)
        var freest = pool.freest(at: 0.4)
        #expect(freest == nil)
        freest = pool.freest(at: 0.6)
        #expect(freest == 1)
        pool.beginCall(1, at: 0.6)
        freest = pool.freest(at: 0.7)
        #expect(freest == nil)
        pool.endCall(1, at: 1)
        pool.receive(.taken, of: 1, begunAt: 0.6, at: 1)
        freest = pool.freest(at: 1)
        #expect(freest == 1)
        pool.beginCall(1, at: 1)
        freest = pool.freest(at: 1)
        #expect(freest == 2)
    }

    @Test("What this program cannot call is not called, until it can")
    func shortage() {
        var pool = WorkerPool(names: ["a"])
        pool.ask(for: 20, at: 0)
        pool.see(0, available: 20, at: 0)
        for _ in 0..<8 { pool.beginCall(0, at: 0) }
        pool.limitCalls(at: 0)
        var freest = pool.freest(at: 0.5)
        #expect(freest == nil)
        #expect(pool.nextChange(after: 0.5) == 1)
        freest = pool.freest(at: 1)
        #expect(freest == 0 && pool.callLimit.most == 9)
    }

    @Test("keda#7239: workers that the gateway took and does not tell of are tried with one call, then with more")
    func report_blind() {
        var pool = WorkerPool(names: ["a"])
        pool.see(0, available: 0, at: 0)
        pool.ask(for: 4, at: 0)
        _ = pool.beginScaling(0)
        _ = pool.endScaling(0, count: 4, at: 0)
        var freest = pool.freest(at: 1)
        #expect(freest == nil)
        freest = pool.freest(at: 2)
        #expect(freest == 0)
        pool.beginCall(0, at: 2)
        freest = pool.freest(at: 2.1)
        #expect(freest == nil)
        pool.endCall(0, at: 2.2)
        pool.receive(.taken, of: 0, begunAt: 2, at: 2.2)
        #expect(pool.ready == 1)
        for _ in 0..<5 { pool.receive(.taken, of: 0, begunAt: 2.2, at: 2.4) }
        #expect(pool.ready == 4)
    }
}
