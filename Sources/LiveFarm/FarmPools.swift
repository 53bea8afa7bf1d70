public import Farm

/// The pools of a backend, lent to one farm each.
public actor FarmPools {
    /// A pool that is lent.
    public struct Loan: Sendable {
        public let pool: PoolConfiguration
        let number: Int
    }

    private struct Lent {
        let pool: PoolConfiguration
        let user: String?
        /// nil while it is being opened.
        var farm: LiveFarm?
    }

    private let name: String
    private var free: [PoolConfiguration]
    private let count: Int
    private var lentSoFar = 0
    private var lent: [Int: Lent] = [:]

    /// A farm that was let alone for so long may be taken over by its user: between the steps of an agent that lives there
    /// are moments.
    private let leastIdle: Duration
    /// How long a claim waits for such a farm: a dead agent's last step has to end first.
    private let patience: Duration

    /// - Parameters:
    ///   - name: the backend's name, for messages.
    ///   - leastIdle: how long a farm is let alone before its user's other sessions may take it over.
    ///   - patience: how long a claim waits for that.
    public init(
        name: String, pools: [PoolConfiguration], leastIdle: Duration = .seconds(3), patience: Duration = .seconds(15)
    ) {
        self.name = name
        free = pools
        count = pools.count
        self.leastIdle = leastIdle
        self.patience = patience
    }

    /// Lends a pool; if none is free and `takesOver` is set, one whose farm the same user has left idle.
    ///
    /// A private pool gets function names of its own each time, because the last farm's
    /// functions may still be draining.
    ///
    /// - Throws: ``FarmError/Kind/busy`` when all are lent.
    public func acquire(user: String? = nil, takesOver: Bool = false) async throws(FarmError) -> Loan {
        if takesOver { await takeOver(for: user) }
        guard !free.isEmpty else { throw FarmError(.busy, await busy(for: user, takesOver)) }
        lentSoFar += 1
        var pool = free.removeFirst()
        let own = pool
        if pool.isPrivate { pool.functions = pool.functions.map { "\($0)-\(lentSoFar)" } }
        lent[lentSoFar] = Lent(pool: own, user: user)
        return Loan(pool: pool, number: lentSoFar)
    }

    /// Notes whose farm a pool serves.
    public func note(_ farm: LiveFarm, of loan: Loan) { lent[loan.number]?.farm = farm }

    /// Takes a pool back; once is enough.
    public func release(_ loan: Loan) {
        guard let lent = lent.removeValue(forKey: loan.number) else { return }
        free.append(lent.pool)
    }

    /// Waits until a pool is free, or a farm of the user's has been idle for long enough, which then ends.
    private func takeOver(for user: String?) async {
        let end = ContinuousClock.now + patience
        while free.isEmpty, lent.values.contains(where: { $0.user == user }) {
            if let (farm, idle) = await longestIdle(of: user), idle >= leastIdle {
                await farm.giveUp("another session of the same user took the farm over")
                continue
            }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    private func longestIdle(of user: String?) async -> (farm: LiveFarm, idle: Duration)? {
        var longest: (farm: LiveFarm, idle: Duration)?
        for lent in lent.values where lent.user == user {
            guard let farm = lent.farm, let since = await farm.idleSince else { continue }
            let idle = ContinuousClock.now - since
            if longest.map({ idle > $0.idle }) ?? true { longest = (farm, idle) }
        }
        return longest
    }

    private func busy(for user: String?, _ takesOver: Bool) async -> String {
        let all = count == 1 ? "the only pool" : "each of the \(count) pools"
        let text = "\(all) of the backend \"\(name)\" is in use by another session; "
        guard let (_, idle) = await longestIdle(of: user) else {
            return text
                + (lent.values.contains { $0.user == user }
                    ? "none of yours is idle; close one, or give the daemon more pools"
                    : "none is yours; wait, or give the daemon more pools")
        }
        let seconds = (idle / .milliseconds(100)).rounded() / 10
        return text + "yours has been idle for \(seconds) s; close it, "
            + (takesOver
                ? "or wait until it has been idle for \(leastIdle / .seconds(1)) s"
                : "or, if its agent is dead, make this one with takeover=true")
    }
}
