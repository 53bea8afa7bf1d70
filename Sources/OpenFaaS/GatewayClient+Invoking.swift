import Curl

extension GatewayClient {
    /// Calls a function and returns what came back, whatever its status. The gateway's login is not sent: functions would
    /// see it.
    ///
    /// - Throws: ``GatewayError`` when there was no answer, `CancellationError` when the calling task was cancelled.
    public func invoke(_ name: String, _ call: FunctionCall) async throws -> FunctionAnswer {
        let request = try request(for: name, call)
        let start = ContinuousClock.now
        let response = try await send(request)
        return FunctionAnswer(
            status: response.status, headers: response.headers, body: response.body,
            callID: call.callID ?? response["X-Call-Id"],
            durationSeconds: response["X-Duration-Seconds"].flatMap(Double.init).flatMap {
                $0.isFinite && $0 >= 0 ? $0 : nil
            },
            internalSource: response["X-Openfaas-Internal"],
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func request(for name: String, _ call: FunctionCall) throws -> HTTPRequest {
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
                of: "/function/" + target + (try path(of: call, to: name)), query: call.query.map(URLText.query)),
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
