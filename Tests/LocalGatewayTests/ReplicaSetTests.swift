import Testing

@testable import LocalGateway

/// The rules alone; processes are played.
@Suite("Which replicas start, serve and stop")
struct ReplicaSetTests {
    private let now = ContinuousClock.now

    private func set(_ count: Int, ready: Int, maxInFlight: Int = 0) -> ReplicaSet {
        var rules = ReplicaRules()
        rules.maxInFlight = maxInFlight
        var set = ReplicaSet(desired: count, rules: rules)
        let started = starts(set.reconcile(at: now))
        for id in started.prefix(ready) { _ = set.becameReady(id, at: now) }
        return set
    }

    private func starts(_ effects: [ReplicaSet.Effect]) -> [Int] {
        effects.compactMap { if case .start(let id, _) = $0 { id } else { nil } }
    }

    private func take(_ set: inout ReplicaSet) -> ReplicaSet.Lease? {
        if case .lease(let lease) = set.acquire(at: now).0 { lease } else { nil }
    }

    @Test("starts what is missing, once")
    func starting() {
        var set = ReplicaSet(desired: 3, rules: ReplicaRules())
        #expect(starts(set.reconcile(at: now)) == [1, 2, 3])
        #expect(starts(set.reconcile(at: now)).isEmpty)
        #expect(set.readyCount == 0)
    }

    @Test("a call goes to the ready replica with the fewest calls, in turn among equals")
    func dispatch() throws {
        var set = set(3, ready: 3)
        var used: [Int] = []
        for _ in 0..<6 {
            let lease = try #require(take(&set))
            used.append(lease.replica)
            _ = set.release(lease)
        }
        #expect(Set(used.prefix(3)) == [1, 2, 3])
        #expect(used.prefix(3) == used.suffix(3))
        let held = try #require(take(&set))
        for _ in 0..<6 {
            let lease = try #require(take(&set))
            #expect(lease.replica != held.replica)
            _ = set.release(lease)
        }
    }

    @Test("full replicas are skipped; when all are full, their limit is told")
    func full() throws {
        var set = set(2, ready: 2, maxInFlight: 1)
        let first = try #require(take(&set))
        let second = try #require(take(&set))
        #expect(first.replica != second.replica)
        guard case .full(1) = set.acquire(at: now).0 else {
            Issue.record("expected full")
            return
        }
        _ = set.release(first)
        #expect(take(&set)?.replica == first.replica)
    }

    @Test("starting ones are the first victims, then idle ones, then busy ones, which drain")
    func victims() throws {
        var set = set(4, ready: 3)
        let busy = try #require(take(&set))
        _ = set.scale(to: 3, at: now)
        #expect(set.replicas[4]?.phase == .stopping)
        _ = set.scale(to: 1, at: now)
        #expect(set.replicas.values.filter { $0.phase == .ready }.map(\.id) == [busy.replica])
        #expect(set.readyCount == 1)
        _ = set.scale(to: 0, at: now)
        #expect(set.replicas[busy.replica]?.phase == .draining)
        #expect(set.readyCount == 0)
        _ = set.release(busy)
        #expect(set.replicas[busy.replica]?.phase == .stopping)
    }

    @Test("a call to a function at 0 sets it to 1, once")
    func wakingUp() {
        var set = ReplicaSet(desired: 0, rules: ReplicaRules())
        #expect(starts(set.acquire(at: now).1).count == 1)
        #expect(starts(set.acquire(at: now).1).isEmpty)
        #expect(set.desired == 1)
    }

    @Test("a function that was retired is not woken up")
    func retired() {
        var set = set(1, ready: 1)
        _ = set.retire(at: now)
        #expect(set.acquire(at: now).1.isEmpty)
        #expect(set.scale(to: 3, at: now).isEmpty)
        #expect(set.desired == 0)
    }

    @Test("starts that fail are repeated after 100 ms, 200 ms, … 5 s; being ready ends that")
    func backOff() throws {
        var set = ReplicaSet(desired: 1, rules: ReplicaRules())
        var time = now
        var id = try #require(starts(set.reconcile(at: time)).first)
        var pauses: [Duration] = []
        for _ in 0..<8 {
            let effects = set.ended(id, at: time).effects
            guard case .reconcile(let next)? = effects.first else {
                Issue.record("started at once")
                return
            }
            pauses.append(next - time)
            #expect(starts(set.reconcile(at: next - .milliseconds(1))).isEmpty)
            time = next
            id = try #require(starts(set.reconcile(at: time)).first)
        }
        #expect(pauses.map { $0 / .milliseconds(1) } == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
        _ = set.becameReady(id, at: time)
        set.answered(id)
        let ending = set.ended(id, at: time)
        #expect(ending.wasUnexpected)
        #expect(starts(ending.effects).count == 1)
    }

    @Test("a replica that counts as ready and ends before its function has answered is a start that failed")
    func endsBeforeItListens() throws {
        var set = set(1, ready: 1)
        guard case .reconcile? = set.ended(1, at: now).effects.first else {
            Issue.record("started at once")
            return
        }
    }

    @Test("where replicas are stopped in the middle of calls, the youngest go first, busy or not, and at once")
    func stoppingBusyOnes() throws {
        var set = ReplicaSet(desired: 2, rules: ReplicaRules(), stopsBusy: true)
        for id in starts(set.reconcile(at: now)) { _ = set.becameReady(id, at: now) }
        for _ in 0..<2 { _ = try #require(take(&set)) }
        _ = set.scale(to: 1, at: now)
        #expect(set.replicas[2]?.phase == .stopping)
        #expect(set.replicas[1]?.phase == .ready)
    }

    @Test("an update replaces replicas one by one, each when its successor is ready")
    func renewal() {
        var set = set(2, ready: 2)
        let successors = starts(set.renew(rules: ReplicaRules(), at: now))
        #expect(successors == [3, 4])
        #expect(set.readyCount == 2)
        _ = set.becameReady(3, at: now)
        #expect(set.readyCount == 2)
        _ = set.becameReady(4, at: now)
        #expect(set.replicas.values.filter { $0.phase == .ready }.map(\.id).sorted() == [3, 4])
    }
}
