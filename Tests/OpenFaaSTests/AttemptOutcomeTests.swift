import OpenFaaS
import StubGateway
import Testing

@Suite("What an attempt's end means")
struct AttemptOutcomeTests {
    private func outcome(
        _ status: Int, _ body: String = "", source: String? = nil, duration: Double? = nil
    ) -> AttemptOutcome {
        .classify(
            .success(
                FunctionAnswer(
                    status: status, body: Array(body.utf8), durationSeconds: duration, internalSource: source,
                    seconds: 2.0008)))
    }

    private func outcome(of kind: GatewayError.Kind) -> AttemptOutcome {
        .classify(.failure(GatewayError(kind, "the message")))
    }

    @Test("any 2xx is done", arguments: [200, 201, 202, 204, 299])
    func done(_ status: Int) {
        #expect(outcome(status) == .done)
    }

    @Test("a taken replica is a collision, any other 429 a retry")
    func tooMany() {
        #expect(outcome(429, "Concurrent request limit exceeded.", source: "faas-middleware") == .collision)
        #expect(outcome(429) == .retry("status 429"))
        #expect(outcome(429, duration: 0.1) == .retry("status 429"))
    }

    @Test("faas#94: each time limit is told apart as far as it can be")
    func report51_limits() {
        #expect(
            outcome(504, source: "of-watchdog", duration: 2.0008)
                == .retry("timeout: the function's exec_timeout ended it (status 504)"))
        #expect(
            outcome(502)
                == .retry("status 502: no replica reached, or the gateway's upstream_timeout ended the call"))
        #expect(outcome(of: .timedOut) == .retry("timeout: the client's limit ended the call"))
    }

    @Test("faas-netes#589: 502, 503 and 504 are tried again, whoever sent them", arguments: [502, 503, 504])
    func report10_unavailable(_ status: Int) {
        #expect(outcome(status, "text") == .retry("status \(status)"))
        #expect(outcome(status, duration: 0.1) == .retry("status \(status)"))
        #expect(outcome(status, "No endpoints available for: worker.", source: "proxy") == .retry("status \(status)"))
    }

    @Test("faas-netes#749: a gateway that cannot find the function may find it again; a function's own 404 is final")
    func report19_notFound() {
        #expect(
            outcome(
                404,
                "error finding function worker.fn: server returned non-200 status code (404) for function, worker, body: "
            )
                == .retry("function not found"))
        #expect(
            outcome(404, #"error finding function worker.fn: Get "http://p": dial tcp: connect: connection refused"#)
                == .retry("function not found: provider unreachable"))
        #expect(outcome(404, "error finding function", duration: 0.01) == .failed("status 404"))
        #expect(outcome(404, "404 page not found") == .failed("status 404"))
    }

    @Test("statuses of the function itself are final", arguments: [400, 401, 403, 404, 409, 500, 501])
    func failed(_ status: Int) {
        #expect(outcome(status, duration: 0.01) == .failed("status \(status)"))
    }

    @Test("a login that something before the function wants ends it", arguments: [401, 403])
    func login(_ status: Int) {
        guard case .fatal = outcome(status) else {
            Issue.record("\(outcome(status))")
            return
        }
    }

    static let kinds: [GatewayError.Kind] = [
        .unauthorized, .notFound, .refused(status: 418), .unavailable, .timedOut, .connectionLost, .tls,
        .malformedAnswer,
        .tooLarge, .invalidAddress, .invalidCredentials, .invalidName, .invalidRequest, .shutDown,
    ]

    private func reason(_ outcome: AttemptOutcome) -> String? {
        switch outcome {
        case .done, .collision: nil
        case .retry(let reason), .failed(let reason), .fatal(let reason, _): reason
        }
    }

    @Test("errors of the call: tried again, ended, or the end of the farm, which tells a person why")
    func errors() {
        for kind in Self.kinds {
            switch (kind, outcome(of: kind)) {
            case (.unavailable, .retry), (.connectionLost, .retry), (.timedOut, .retry): break
            case (.unauthorized, .fatal(_, let message)), (.invalidName, .fatal(_, let message)),
                (.invalidAddress, .fatal(_, let message)), (.invalidCredentials, .fatal(_, let message)),
                (.tls, .fatal(_, let message)):
                #expect(message == "the message")
            case (.notFound, .failed), (.refused, .failed), (.malformedAnswer, .failed), (.tooLarge, .failed),
                (.invalidRequest, .failed), (.shutDown, .failed):
                break
            case (_, let other): Issue.record("\(kind) is \(other)")
            }
        }
        #expect(AttemptOutcome.classify(.failure(CancellationError())) == .failed("cancelled"))
    }

    @Test("a reason says what kind of end it was and nothing that differs from call to call: few counts, not thousands")
    func boundedReasons() {
        struct Unforeseen: Error {
            let call: Int
        }
        var reasons: [String: Int] = [:]
        for call in 0..<500 {
            let errors: [any Error] =
                Self.kinds.map { GatewayError($0, "POST http://host:\(call)/function/w-\(call): \(call) s") }
                + [Unforeseen(call: call), CancellationError()]
            let answers = [401, 404, 429, 500, 502, 504].flatMap { status in
                [nil, "of-watchdog", "proxy"].map { source in
                    FunctionAnswer(
                        status: status, body: Array((call % 2 == 0 ? "" : "error finding function w-\(call)").utf8),
                        durationSeconds: source == nil ? nil : Double(call), internalSource: source,
                        seconds: Double(call) / 7)
                }
            }
            let results = errors.map { Result<FunctionAnswer, any Error>.failure($0) } + answers.map { .success($0) }
            for result in results {
                if let reason = reason(.classify(result)) { reasons[reason, default: 0] += 1 }
            }
        }
        #expect(reasons.count < 30, "\(reasons.keys.sorted())")
        // Each of them is that of every call, or of every second one.
        #expect(reasons.values.allSatisfy { $0 >= 250 })
    }

    @Test("faas-netes#589: calls of a replica that is not routable yet end as retries, all of them, then as done")
    func report10_notRoutableYet() async throws {
        let start = ContinuousClock.now
        let stub = try StubGateway { _ in
            ContinuousClock.now - start < .milliseconds(200) ? StubAnswer(502) : .text("ok")
        }
        let client = try stub.client()
        var outcomes: [AttemptOutcome] = []
        while outcomes.last != .done, outcomes.count < 100_000 {
            let result: Result<FunctionAnswer, any Error>
            do { result = .success(try await client.invoke("worker", FunctionCall())) } catch {
                result = .failure(error)
            }
            outcomes.append(.classify(result))
        }
        #expect(outcomes.last == .done)
        #expect(
            outcomes.dropLast().allSatisfy {
                if case .retry = $0 { true } else { false }
            })
        #expect(stub.requests.count == outcomes.count)
    }
}
