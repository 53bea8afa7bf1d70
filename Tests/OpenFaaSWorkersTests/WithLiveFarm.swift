import Farm
import Logging

@testable import LiveFarm
@testable import OpenFaaSWorkers

/// Calls `body` with a farm over `pool`, which is closed however that ends.
func withLiveFarm(
    _ scenario: Scenario, over pool: GatewayPool, poll: Duration = .milliseconds(50),
    options change: (inout LiveFarmOptions) -> Void = { _ in }, _ body: (LiveFarm) async throws -> Void
) async throws {
    let farm = try await openFarm(scenario, over: pool, poll: poll, options: change)
    do {
        try await body(farm)
    } catch {
        await farm.close()
        throw error
    }
    await farm.close()
}

func openFarm(
    _ scenario: Scenario, over pool: GatewayPool, poll: Duration = .milliseconds(50),
    options change: (inout LiveFarmOptions) -> Void = { _ in }
) async throws -> LiveFarm {
    let logger = Logger(label: "test")
    var options = LiveFarmOptions()
    options.pollInterval = poll
    change(&options)
    return try await LiveFarm(
        scenario: scenario, speed: 1, workers: pool.workers(for: scenario, speed: 1, logger: logger), options: options,
        logger: logger)
}
