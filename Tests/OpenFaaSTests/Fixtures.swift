import OpenFaaS
import StubGateway
import Testing

extension StubGateway {
    /// A client of the stub.
    func client(
        path: String = "", credentials: GatewayCredentials? = GatewayCredentials(password: "s3cret"),
        namespace: String? = nil,
        callTimeout: Duration = .seconds(10)
    ) throws -> GatewayClient {
        GatewayClient(
            address: try GatewayAddress(url + path), credentials: credentials, namespace: namespace,
            callTimeout: callTimeout)
    }
}

/// The ``GatewayError`` that `call` throws.
func gatewayError(
    of call: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> GatewayError {
    try #require(
        await #expect(throws: GatewayError.self, sourceLocation: sourceLocation) { try await call() },
        sourceLocation: sourceLocation)
}
