public import Curl
public import Farm

/// Plain HTTP services as workers: they are there, and the farm lets each take calls or not.
///
///     let pool = ServicePool(try ServiceAddresses("@services.txt"))
///     let farm = try await LiveFarm(
///         scenario: scenario, speed: 1, workers: pool.workers(for: scenario), logger: logger)
public struct ServicePool: Sendable {
    private let addresses: ServiceAddresses
    private let http: HTTPClient

    public init(_ addresses: ServiceAddresses, http: HTTPClient = HTTPClient()) {
        self.addresses = addresses
        self.http = http
    }

    /// The workers of a farm on the services.
    public func workers(for scenario: Scenario) -> FarmWorkers {
        FarmWorkers(
            scaler: ServiceScaler(addresses, most: scenario.stages.first.workers.max),
            invoker: ServiceInvoker(http: http))
    }
}
