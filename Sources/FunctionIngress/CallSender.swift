import Curl
import Farm
import OpenFaaS

/// Sends calls to the gateway.
struct CallSender: Sendable {
    private let client: HTTPClient
    /// Scheme, host and port of the gateway, and the path that stands before all others there.
    private let origin: String
    private let base: String
    private let timeout: Duration
    /// A login that no function is to see.
    let login: String?

    init(_ settings: FunctionIngress.Settings, _ client: HTTPClient) {
        self.client = client
        let url = settings.gateway.url
        let host = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let path = url[host...].firstIndex(of: "/") ?? url.endIndex
        (origin, base) = (String(url[..<path]), String(url[path...]))
        (timeout, login) = (settings.callTimeout, settings.login?.authorization)
    }

    /// - Parameter target: path and query, as they are sent.
    func request(
        _ method: String, _ target: String, headers: [(name: String, value: String)], body: [UInt8]
    ) -> HTTPRequest {
        var request = HTTPRequest(method, origin + "/", headers: headers, body: body, timeout: timeout)
        request.target = base + target
        request.isVerbatim = true
        return request
    }

    /// Sends a call until a worker takes it, or its time is over: a gateway that picks among workers picks full ones too. A body
    /// that is sent while it comes is sent once.
    ///
    /// - Parameter connection: with whose end the call ends.
    func answer(
        to request: HTTPRequest, upload: HTTPUpload?, _ call: inout CallUnderWay, _ connection: IngressConnection? = nil
    ) async throws -> (HTTPExchange, HTTPExchange.Head) {
        var pause = 0.002
        while true {
            call.sent()
            let exchange = try client.start(request, upload: upload)
            connection?.onHangUp { exchange.cancel() }
            let head = try await exchange.head()
            guard head.status == 429, call.isSteered, upload == nil, Self.isCollision(head), call.hasTime(for: pause)
            else { return (exchange, head) }
            while try await exchange.next() != nil {}
            call.collide()
            try await Task.sleep(for: .seconds(pause))
            if connection?.isClosed == true { throw CancellationError() }
            pause = min(2 * pause, 0.1)
        }
    }

    private static func isCollision(_ head: HTTPExchange.Head) -> Bool {
        let answer = FunctionAnswer(
            status: head.status, headers: head.headers,
            durationSeconds: head["X-Duration-Seconds"].flatMap { Double($0) },
            internalSource: head["X-Openfaas-Internal"])
        if case .collision = AttemptOutcome.classify(.success(answer)) { return true }
        return false
    }
}
