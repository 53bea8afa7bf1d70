import Farm
import Logging

@testable import LiveFarm

/// Calls `body` with a farm over `pool`, which is closed however that ends.
func withLiveFarm(
    _ scenario: Scenario, over pool: PoolConfiguration, _ body: (LiveFarm) async throws -> Void
) async throws {
    let farm = try await LiveFarm(scenario: scenario, speed: 1, pool: pool, logger: Logger(label: "test"))
    do {
        try await body(farm)
    } catch {
        await farm.close()
        throw error
    }
    await farm.close()
}
