import Curl

extension GatewayClient {
    /// Calls a function and returns what came back, whatever its status. The gateway's login is not sent: functions would
    /// see it.
    ///
    /// - Throws: ``GatewayError`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func invoke(_ name: String, _ call: FunctionCall) async throws -> FunctionAnswer {
        try await answer(to: request(for: name, call), callID: call.callID)
    }

    /// Puts a call into the gateway's queue and returns its answer: 202 when it was accepted, even for a function that is not
    /// there. What becomes of the call is sent to `callback`.
    ///
    /// - Parameter bodyLimit: in bytes. A longer body is not sent: gateways take it and lose it, or say 500.
    /// - Throws: ``GatewayError`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func enqueue(_ name: String, _ call: FunctionCall, callback: String, bodyLimit: Int) async throws
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
        return try await answer(to: request(for: name, call, below: "/async-function/"), callID: call.callID)
    }

    private func answer(to request: HTTPRequest, callID: String?) async throws -> FunctionAnswer {
        let start = ContinuousClock.now
        let response = try await send(request)
        return FunctionAnswer(
            status: response.status, headers: response.headers, body: response.body,
            callID: callID ?? response["X-Call-Id"],
            durationSeconds: response["X-Duration-Seconds"].flatMap(Double.init).flatMap {
                $0.isFinite && $0 >= 0 ? $0 : nil
            },
            internalSource: response["X-Openfaas-Internal"],
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func request(for name: String, _ call: FunctionCall, below route: String = "/function/") throws
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
        if let id = call.callID {
            headers.removeAll { $0.name.lowercased() == "x-call-id" }
            headers.append(("X-Call-Id", id))
        }
        return HTTPRequest(
            call.method,
            address.url(
                of: route + target + (try path(of: call, to: name)), query: call.query.map(URLText.query)),
            headers: headers, body: call.body, timeout: call.timeout, connectTimeout: min(.seconds(5), call.timeout))
    }

    /// The call's path with one slash in front and none doubled; a slash at its end stays.
    private func path(of call: FunctionCall, to name: String) throws -> String {
        let segments = call.path.split(separator: "/")
        guard !segments.contains("."), !segments.contains("..") else {
            throw GatewayError(
                .invalidRequest,
                "the path \"\(call.path)\" of a call of \(name) has \".\" or \"..\" in it, which leads elsewhere")
        }
        let path = segments.map { "/" + URLText.path(String($0)) }.joined()
        return call.path.hasSuffix("/") ? path + "/" : path
    }

    private static let framing: Set<String> = ["content-length", "transfer-encoding", "connection", "expect"]
}
