import Farm
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
        #expect(outcome(status, duration: 0.1) == .done)
        #expect(outcome(status, "text") == .done)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var status: Int
        var body = ""
        var source: String?
        /// `X-Duration-Seconds`.
        var duration: Double?
        /// By the client's clock.
        var seconds = 0.003
        var kind: String

        var testDescription: String { "\(status) \(body) \(source ?? "-") \(duration ?? -1) \(seconds)" }
    }

    private static let unfound = "error finding function worker.openfaas-fn: "

    /// What gateways, providers and watchdogs answer in a function's place, and functions themselves.
    static let table = [
        // The watchdog: nobody listens; the function died with the call; a limit; a taken replica.
        Row(status: 500, source: "of-watchdog", duration: 0.001, kind: "refused"),
        Row(status: 500, source: "of-watchdog", kind: "refused"),
        Row(status: 500, source: "of-watchdog", duration: 2.1, seconds: 2.1, kind: "retry"),
        Row(status: 504, source: "of-watchdog", duration: 2, seconds: 2, kind: "retry"),
        Row(status: 429, body: "Concurrent request limit exceeded.", source: "faas-middleware", kind: "collision"),
        // The provider.
        Row(status: 500, body: "Can't reach service for: worker.", source: "proxy", kind: "refused"),
        Row(status: 500, body: "Can't reach service for: worker.", source: "proxy", seconds: 1.2, kind: "retry"),
        Row(status: 503, body: "No endpoints available for: worker.", source: "proxy", kind: "refused"),
        // The gateway.
        Row(
            status: 500, body: unfound + "unable to scale function worker.openfaas-fn to 1", seconds: 5, kind: "refused"
        ),
        Row(
            status: 404, body: unfound + "server returned non-200 status code (404) for function, worker, body: ",
            kind: "refused"),
        Row(
            status: 404, body: unfound + #"Get "http://p": dial tcp 127.0.0.1:8081: connect: connection refused"#,
            kind: "refused"),
        Row(
            status: 404, body: unfound + "bad scaling factor: 0, is not in range of [0 - 100]", kind: "refused"),
        Row(status: 502, kind: "refused"),
        Row(status: 502, seconds: 2.003, kind: "retry"),
        Row(status: 500, body: "Error queuing request: nats: outbound buffer limit exceeded", kind: "refused"),
        Row(
            status: 500,
            body: "Error queuing request: request body too large for OpenFaaS CE (500000 bytes), maximum: 256000 bytes",
            kind: "failed"),
        Row(status: 413, body: "too large", kind: "failed"),
        // In a callback: the gateway's write_timeout.
        Row(status: 503, seconds: 4.008, kind: "retry"),
        // Something else on the way.
        Row(status: 429, body: "slow down", kind: "refused"), Row(status: 503, body: "no server", kind: "refused"),
        Row(status: 504, body: "upstream", seconds: 30, kind: "retry"), Row(status: 400, kind: "retry"),
        Row(status: 404, body: "404 page not found", kind: "retry"), Row(status: 405, kind: "retry"),
        Row(status: 500, body: "unmarked", kind: "retry"), Row(status: 301, kind: "failed"),
        Row(status: 401, kind: "fatal"), Row(status: 403, kind: "fatal"),
        // Nobody's: the gateway has given up on the function's first replica.
        Row(status: 200, seconds: 10, kind: "refused"), Row(status: 200, body: "ok", kind: "done"),
        Row(status: 202, kind: "done"),
        // The function's word.
        Row(status: 200, duration: 0.02, kind: "done"), Row(status: 400, body: "bad", duration: 0.001, kind: "failed"),
        Row(status: 404, body: unfound, duration: 0.01, kind: "failed"), Row(status: 409, duration: 1, kind: "failed"),
        Row(status: 500, body: "sorry", duration: 0.02, kind: "failed"),
        Row(status: 500, duration: 0.02, kind: "failed"), Row(status: 501, duration: 0.02, kind: "failed"),
        Row(status: 429, duration: 0.1, kind: "retry"), Row(status: 502, duration: 0.1, kind: "retry"),
        Row(status: 503, duration: 0.1, kind: "retry"), Row(status: 504, duration: 0.1, kind: "retry"),
    ]

    @Test("Who has spoken is told by headers and body, not by the status alone", arguments: table)
    func whoHasSpoken(_ row: Row) {
        let answer = FunctionAnswer(
            status: row.status, body: Array(row.body.utf8), durationSeconds: row.duration, internalSource: row.source,
            seconds: row.seconds)
        let outcome = AttemptOutcome.classify(.success(answer))
        #expect(outcome.name == row.kind, "\(outcome)")
    }

    @Test("An empty 200 that the gateway has handed on is a result", arguments: ["X-Start-Time", "X-Served-By"])
    func emptyResult(mark: String) {
        let answer = FunctionAnswer(status: 200, headers: [(name: mark, value: "1")])
        #expect(AttemptOutcome.classify(.success(answer)) == .done)
    }

    @Test("faas#94: each time limit is told apart as far as it can be")
    func report51_limits() {
        #expect(
            outcome(504, source: "of-watchdog", duration: 2.0008)
                == .retry("timeout: the function's exec_timeout ended it (status 504)"))
        #expect(
            outcome(502)
                == .retry("status 502: the gateway's upstream_timeout ended the call, or the replica hung up"))
        #expect(outcome(of: .timedOut) == .retry("timeout: the client's limit ended the call"))
    }

    @Test("faas-netes#589: 502, 503 and 504 are tried again, whoever sent them", arguments: [502, 503, 504])
    func report10_unavailable(_ status: Int) {
        for answer in [
            outcome(status, "text"), outcome(status, duration: 0.1),
            outcome(status, "No endpoints available for: worker.", source: "proxy"),
        ] {
            #expect(["retry", "refused"].contains(answer.name), "\(answer)")
        }
    }

    @Test("faas-netes#749: a gateway that cannot find the function may find it again; a function's own 404 is final")
    func report19_notFound() {
        #expect(
            outcome(404, Self.unfound + "server returned non-200 status code (404) for function, worker, body: ")
                == .refused("function not found"))
        #expect(
            outcome(404, Self.unfound + #"Get "http://p": dial tcp: connect: connection refused"#)
                == .refused("provider unreachable"))
        #expect(
            outcome(404, Self.unfound + "bad scaling factor: 0, is not in range of [0 - 100]")
                == .refused("the gateway refuses the function's label com.openfaas.scale.factor; remove it"))
        #expect(outcome(404, "error finding function", duration: 0.01) == .failed("status 404"))
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
        .malformedAnswer, .shortage,
        .tooLarge, .invalidAddress, .invalidCredentials, .invalidName, .invalidRequest, .shutDown,
    ]

    private func reason(_ outcome: AttemptOutcome) -> String? {
        switch outcome {
        case .done, .collision: nil
        case .refused(let reason), .shortage(let reason), .retry(let reason), .failed(let reason),
            .fatal(let reason, _):
            reason
        }
    }

    @Test("errors of the call: tried again, ended, or the end of the farm, which tells a person why")
    func errors() {
        for kind in Self.kinds {
            switch (kind, outcome(of: kind)) {
            case (.unavailable, .refused), (.shortage, .shortage), (.connectionLost, .retry), (.timedOut, .retry): break
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
                        durationSeconds: source == nil ? nil : Double(call % 2), internalSource: source,
                        seconds: Double(call % 2) + Double(call) / 1e4)
                }
            }
            let results = errors.map { Result<FunctionAnswer, any Error>.failure($0) } + answers.map { .success($0) }
            for result in results {
                if let reason = reason(.classify(result)) { reasons[reason, default: 0] += 1 }
            }
        }
        #expect(reasons.count < 40, "\(reasons.keys.sorted())")
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
            do { result = .success(try await client.invoke("worker", TaskCall())) } catch {
                result = .failure(error)
            }
            outcomes.append(.classify(result))
        }
        #expect(outcomes.last == .done)
        // One that waited for a busy machine is a retry.
        #expect(outcomes.dropLast().allSatisfy { ["refused", "retry"].contains($0.name) })
        #expect(stub.requests.count == outcomes.count)
    }
}
