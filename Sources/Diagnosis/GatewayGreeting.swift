public import Logging
public import OpenFaaS

/// What the daemon asks the gateway when it starts, so that what is wrong is told then, and not at the first reset.
///
/// A login that is refused will be refused later too, so the daemon does not start. A gateway that is away may come back,
/// and a function may yet be deployed: those are warnings.
public struct GatewayGreeting {
    /// How long the start waits for an answer.
    public static let patience = Duration.seconds(2)

    private let client: GatewayClient
    private let functions: [String]

    /// - Parameters:
    ///   - client: whose calls take no longer than ``patience``.
    ///   - functions: what has to be there; empty where the farm deploys its functions itself.
    public init(client: GatewayClient, functions: [String]) {
        self.client = client
        self.functions = functions
    }

    /// - Throws: `GatewayError` when the gateway refuses the login.
    public func run(logger: Logger) async throws {
        let begun = ContinuousClock.now
        do {
            let known = try await client.functions()
            remark(on: known, logger)
        } catch let error as GatewayError {
            switch error.kind {
            case .unauthorized: throw error
            case .connectionLost where ContinuousClock.now - begun < .seconds(1):
                logger.warning(
                    """
                    the gateway broke off GET /system/functions: OpenFaaS's does so when its Prometheus is away; \
                    `faasfarm doctor --gateway \(client.address)` tells more
                    """)
            default:
                logger.warning(
                    """
                    the gateway cannot be used now: \(error); the daemon starts, and resets of its farms fail until it can
                    """)
            }
        }
    }

    private func remark(on known: [FunctionStatus], _ logger: Logger) {
        let names = Set(known.map(\.name))
        let missing = functions.filter { !names.contains($0) }
        if !missing.isEmpty {
            let there = names.isEmpty ? "none" : names.sorted().prefix(8).joined(separator: ", ")
            logger.warning(
                """
                the gateway has no function \(missing.joined(separator: ", ")); it has: \(there). Resets fail until it is \
                deployed, or --functions corrected
                """)
        }
        let refused = known.filter { functions.contains($0.name) && $0.labels?["com.openfaas.scale.factor"] == "0" }
        if let function = refused.first {
            logger.warning(
                """
                \(function.name) has the label com.openfaas.scale.factor "0": a gateway that scales from zero answers each \
                of its calls with 404; take the label off
                """)
        }
    }
}
