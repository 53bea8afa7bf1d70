public import Farm
public import Logging

/// The pools of a backend, lent to one farm each.
///
///     let pools = FarmPools(name: "openfaas", pools: [FarmPool { pool.workers(for: $0, speed: $1, logger: logger) }])
///     let farms = try await pools.open([scenario], speed: 1, logger: logger)
public actor FarmPools {
    private struct Lent {
        let pool: FarmPool
        let user: String?
        /// Of the farms that were opened together: they are let alone, or taken over, together.
        let group: Int
        /// nil while it is being opened.
        var farm: LiveFarm?
    }

    private let name: String
    /// How there come to be more pools.
    private let advice: String
    private var free: [FarmPool]
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
    ///   - advice: how there come to be more pools, for messages.
    ///   - pools: that have no worker in common.
    ///   - leastIdle: how long a farm is let alone before its user's other sessions may take it over.
    ///   - patience: how long a claim waits for that.
    public init(
        name: String, advice: String = "give the daemon more pools", pools: [FarmPool],
        leastIdle: Duration = .seconds(3), patience: Duration = .seconds(15)
    ) {
        self.name = name
        self.advice = advice
        free = pools
        count = pools.count
        self.leastIdle = leastIdle
        self.patience = patience
    }

    /// Opens a farm of each scenario on free pools that have no worker in common: all of them, or none. A pool is free again
    /// when its farm is closed.
    ///
    /// - Parameters:
    ///   - user: whose they are; nil: nobody's in particular.
    ///   - takesOver: whether, if too few pools are free, some may be taken whose farms the same user has left idle.
    /// - Throws: ``FarmError``, of kind ``FarmError/Kind/busy`` when too few are free, ``FarmError/Kind/unsupported(argument:)``
    ///   when there are too few at all, and otherwise what the first says that could not be opened. Then there is none.
    public func open(
        _ scenarios: [Scenario], speed: Double, user: String? = nil, takesOver: Bool = false, logger: Logger
    ) async throws -> [LiveFarm] {
        guard scenarios.count <= count else {
            throw FarmError(
                .unsupported(argument: "num_envs"),
                "\(scenarios.count) live farms need a pool each, and the backend \"\(name)\" has \(count); ask for \(count) at "
                    + "most, or \(advice)")
        }
        if takesOver { await takeOver(scenarios.count, for: user) }
        guard free.count >= scenarios.count else {
            throw FarmError(.busy, await busy(scenarios.count, for: user, takesOver))
        }
        let group = lentSoFar + 1
        let loans = scenarios.map { (scenario: $0, loan: lend(to: user, in: group)) }
        let outcomes = await withTaskGroup(of: (Int, Result<LiveFarm, any Error>).self) { group in
            for (index, (scenario, loan)) in loans.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await self.open(scenario, speed: speed, loan, logger)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var outcomes: [(index: Int, farm: Result<LiveFarm, any Error>)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.index < $1.index }.map(\.farm)
        }
        do {
            return try outcomes.map { try $0.get() }
        } catch {
            for case .success(let farm) in outcomes { await farm.close() }
            throw error
        }
    }

    private func lend(to user: String?, in group: Int) -> Int {
        lentSoFar += 1
        lent[lentSoFar] = Lent(pool: free.removeFirst(), user: user, group: group)
        return lentSoFar
    }

    private func open(_ scenario: Scenario, speed: Double, _ loan: Int, _ logger: Logger) async throws -> LiveFarm {
        guard let pool = lent[loan]?.pool else { throw CancellationError() }
        do {
            let farm = try await LiveFarm(
                scenario: scenario, speed: speed, workers: pool.workers(scenario, speed, loan), options: pool.options,
                logger: logger
            ) { [weak self] in await self?.release(loan) }
            lent[loan]?.farm = farm
            return farm
        } catch {
            release(loan)
            throw error
        }
    }

    /// Takes a pool back; once is enough.
    private func release(_ loan: Int) {
        guard let lent = lent.removeValue(forKey: loan) else { return }
        free.append(lent.pool)
    }

    /// Waits until so many pools are free, or farms of the user's have been idle for long enough, which then end.
    private func takeOver(_ wanted: Int, for user: String?) async {
        let end = ContinuousClock.now + patience
        while free.count < wanted, lent.values.contains(where: { $0.user == user }) {
            if let (farms, idle) = await longestIdle(of: user), idle >= leastIdle {
                await withTaskGroup { group in
                    for farm in farms {
                        group.addTask { await farm.giveUp("another session of the same user took the farm over") }
                    }
                }
                continue
            }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }

    /// Farms that were opened together, and how long the last of them has been let alone.
    private func longestIdle(of user: String?) async -> (farms: [LiveFarm], idle: Duration)? {
        var longest: (farms: [LiveFarm], idle: Duration)?
        for (_, group) in Dictionary(grouping: lent.values.filter { $0.user == user }, by: \.group) {
            let farms = group.compactMap(\.farm)
            var since: [ContinuousClock.Instant?] = []
            for farm in farms { since.append(await farm.idleSince) }
            guard farms.count == group.count, let last = since.compactMap(\.self).max(), !since.contains(nil) else {
                continue
            }
            let idle = ContinuousClock.now - last
            if longest.map({ idle > $0.idle }) ?? true { longest = (farms, idle) }
        }
        return longest
    }

    private func busy(_ wanted: Int, for user: String?, _ takesOver: Bool) async -> String {
        let all = count == 1 ? "the only pool" : "each of the \(count) pools"
        let text =
            free.isEmpty
            ? "\(all) of the backend \"\(name)\" is in use by another session; "
            : "\(wanted) live farms need a pool each, and \(free.count) of the \(count) pools of the backend \"\(name)\" "
                + "\(free.count == 1 ? "is" : "are") free; "
        guard let (_, idle) = await longestIdle(of: user) else {
            return text
                + (lent.values.contains { $0.user == user }
                    ? "none of yours is idle; close one, or \(advice)" : "none is yours; wait, or \(advice)")
        }
        let seconds = (idle / .milliseconds(100)).rounded() / 10
        return text + "yours has been idle for \(seconds) s; close it, "
            + (takesOver
                ? "or wait until it has been idle for \(leastIdle / .seconds(1)) s"
                : "or, if its agent is dead, make this one with takeover=true")
    }
}

/// Workers that one farm at a time may have.
public struct FarmPool: Sendable {
    /// Makes the workers of a farm: its scenario, its speed, and a number that no other farm of the pools has.
    let workers: @Sendable (Scenario, Double, Int) -> FarmWorkers
    let options: LiveFarmOptions

    public init(
        options: LiveFarmOptions = .init(), workers: @escaping @Sendable (Scenario, Double, Int) -> FarmWorkers
    ) {
        self.options = options
        self.workers = workers
    }
}
