public import Curl
import Foundation

/// A client of an OpenFaaS gateway. Any 2xx is success; nothing is repeated by itself.
///
///     let gateway = GatewayClient(address: try GatewayAddress("http://127.0.0.1:8080"), credentials: nil)
///     try await gateway.scale("worker-1", to: 3)
///     let answer = try await gateway.invoke("worker-1", TaskCall(body: Array("{}".utf8)))
///     print(answer.status, answer.text)
public final class GatewayClient: Sendable {
    /// Where the gateway is; prints without a login.
    public let address: GatewayAddress
    /// nil: the gateway's default.
    public let namespace: String?

    let credentials: GatewayCredentials?
    let http: HTTPClient
    let callTimeout: Duration
    let deploymentTimeout: Duration

    /// - Parameters:
    ///   - credentials: nil takes what stood in the address, if anything.
    ///   - callTimeout: limit of every system call but deploying and deleting.
    ///   - deploymentTimeout: limit of deploying and deleting, which some gateways finish before they answer.
    public init(
        address: GatewayAddress, credentials: GatewayCredentials?, namespace: String? = nil,
        http: HTTPClient = HTTPClient(),
        callTimeout: Duration = .seconds(5), deploymentTimeout: Duration = .seconds(60)
    ) {
        self.address = address
        self.credentials = credentials ?? address.credentials
        self.namespace = namespace
        self.http = http
        self.callTimeout = callTimeout
        self.deploymentTimeout = max(callTimeout, deploymentTimeout)
    }

    /// Sends a system call, with the login, and returns the answer if it is a 2xx.
    func system(
        _ method: String, _ path: String, body: [UInt8] = [], namespace: String? = nil, timeout: Duration? = nil
    ) async throws -> HTTPResponse {
        let namespace = namespace ?? self.namespace
        if let namespace { try FunctionName.check(namespace, "namespace") }
        var headers: [(name: String, value: String)] = []
        if let credentials { headers.append(("Authorization", credentials.authorization)) }
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let url = address.url(of: path, query: namespace.map { "namespace=" + $0 })
        var request = HTTPRequest(method, url, headers: headers, body: body, timeout: timeout ?? callTimeout)
        // Calls of functions leave these something.
        request.isUrgent = true
        return try await succeed(request)
    }

    /// The answer to `request` if it is a 2xx.
    func succeed(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await send(request)
        guard (200...299).contains(response.status) else { throw refusal(of: request, response) }
        return response
    }

    /// The answer to `request`, whatever its status.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let start = ContinuousClock.now
        do {
            return try await http.send(request)
        } catch let failure as HTTPFailure {
            throw GatewayError(failure, request, after: ContinuousClock.now - start)
        }
    }

    /// What a system call tells.
    func get<T: Decodable>(_ type: T.Type, _ path: String) async throws -> T {
        let response = try await system("GET", path)
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw GatewayError(
                .malformedAnswer,
                "GET \(address.url(of: path)): \(response.status), but the body is not what a gateway answers: "
                    + "\(excerpt(of: response)); check that the address is an OpenFaaS gateway's")
        }
    }
}
