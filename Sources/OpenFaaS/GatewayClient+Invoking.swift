import Curl
public import Farm

extension GatewayClient {
    /// Calls a function and returns what came back, whatever its status. The gateway's login is not sent: functions would
    /// see it.
    ///
    /// - Throws: ``GatewayError`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func invoke(_ name: String, _ call: TaskCall) async throws -> FunctionAnswer {
        try await answer(to: request(for: name, call), callID: call.id)
    }

    /// Puts a call into the gateway's queue and returns its answer: 202 when it was accepted, even for a function that is not
    /// there. What becomes of the call is sent to `callback`.
    ///
    /// - Parameter bodyLimit: in bytes. A longer body is not sent: gateways take it and lose it, or say 500.
    /// - Throws: ``GatewayError`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func enqueue(_ name: String, _ call: TaskCall, callback: String, bodyLimit: Int) async throws
        -> FunctionAnswer
    {
        guard call.body.count <= bodyLimit else {
            throw GatewayError(
                .bodyTooLong,
                "a call of \(name) has a body of \(call.body.count) bytes; the gateway's queue takes \(bodyLimit) at most, so it "
                    + "was not sent; call it directly, or raise the limit if the gateway's is higher")
        }
        var call = call
        call.headers.removeAll { $0.name.lowercased() == "x-callback-url" }
        call.headers.append(("X-Callback-Url", callback))
        call.timeout = min(call.timeout, callTimeout)
        return try await answer(to: request(for: name, call, below: "/async-function/"), callID: call.id)
    }

    private func answer(to request: HTTPRequest, callID: String) async throws -> FunctionAnswer {
        let start = ContinuousClock.now
        let response = try await send(request)
        return FunctionAnswer(
            status: response.status, headers: response.headers, body: response.body,
            callID: callID.isEmpty ? response["X-Call-Id"] : callID,
            durationSeconds: response["X-Duration-Seconds"].flatMap(Double.init).flatMap {
                $0.isFinite && $0 >= 0 ? $0 : nil
            },
            internalSource: response["X-Openfaas-Internal"],
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func request(for name: String, _ call: TaskCall, below route: String = "/function/") throws
        -> HTTPRequest
    {
        try FunctionName.check(name)
        if let namespace { try FunctionName.check(namespace, "namespace") }
        let target = namespace.map { name + "." + $0 } ?? name
        if let header = call.headers.first(where: { Self.framing.contains($0.name.lowercased()) }) {
            throw GatewayError(
                .invalidRequest,
                "the call of \(name) sets the header \(header.name), which follows from the body; leave it out")
        }
        var headers = call.headers
        if !call.id.isEmpty {
            headers.removeAll { $0.name.lowercased() == "x-call-id" }
            headers.append(("X-Call-Id", call.id))
        }
        return HTTPRequest(
            "POST", address.url(of: route + target, query: call.query.map(URLText.query)), headers: headers,
            body: call.body, timeout: call.timeout, connectTimeout: min(.seconds(5), call.timeout))
    }

    private static let framing: Set<String> = ["content-length", "transfer-encoding", "connection", "expect"]
}
