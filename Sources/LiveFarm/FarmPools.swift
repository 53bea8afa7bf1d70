public import Farm
public import Logging

/// The pools of a backend, lent to one farm each.
///
///     let pools = FarmPools(name: "openfaas", pools: [FarmPool { pool.workers(for: $0, speed: $1, logger: logger) }])
///     let farm = try await pools.open(scenario, speed: 1, logger: logger)
public actor FarmPools {
    private struct Lent {
        let pool: FarmPool
        let user: String?
        /// nil while it is being opened.
        var farm: LiveFarm?
    }

    private let name: String
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
    ///   - pools: that have no worker in common.
    ///   - leastIdle: how long a farm is let alone before its user's other sessions may take it over.
    ///   - patience: how long a claim waits for that.
    public init(
        name: String, pools: [FarmPool], leastIdle: Duration = .seconds(3), patience: Duration = .seconds(15)
    ) {
        self.name = name
        free = pools
        count = pools.count
        self.leastIdle = leastIdle
        self.patience = patience
    }

    /// Opens a farm on a free pool, which is free again when the farm is closed.
    ///
    /// - Parameters:
    ///   - user: whose it is; nil: nobody's in particular.
    ///   - takesOver: whether, if no pool is free, one may be taken whose farm the same user has left idle.
    /// - Throws: ``FarmError``, of kind ``FarmError/Kind/busy`` when all are lent.
    public func open(
        _ scenario: Scenario, speed: Double, user: String? = nil, takesOver: Bool = false, logger: Logger
    ) async throws -> LiveFarm {
        let farms = try await open([scenario], speed: speed, user: user, takesOver: takesOver, logger: logger)
        return farms[0]
    }

    /// Opens a farm of each scenario on free pools that have no worker in common: all of them, or none.
    ///
    /// - Throws: ``FarmError``, of kind ``FarmError/Kind/busy`` when fewer are free, and what ended the first that could not
    ///   be opened. Then the others are closed again.
    public func open(
        _ scenarios: [Scenario], speed: Double, user: String? = nil, takesOver: Bool = false, logger: Logger
    ) async throws -> [LiveFarm] {
        guard scenarios.count <= count else {
            throw FarmError(
                .busy,
                "\(scenarios.count) farms need a pool each, and the backend \"\(name)\" has \(count); give the daemon more"
            )
        }
        if takesOver { await takeOver(scenarios.count, for: user) }
        guard free.count >= scenarios.count else { throw FarmError(.busy, await busy(for: user, takesOver)) }
        let loans = scenarios.map { (scenario: $0, loan: lend(to: user)) }
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

    private func lend(to user: String?) -> Int {
        lentSoFar += 1
        lent[lentSoFar] = Lent(pool: free.removeFirst(), user: user)
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
        let text =
            free.isEmpty
            ? "\(all) of the backend \"\(name)\" is in use by another session; "
            : "only \(free.count) of the \(count) pools of the backend \"\(name)\" are free; "
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
