import Curl
import Farm

/// Posts tasks to services. This is the table of what their answers mean.
///
/// | what came | outcome |
/// |---|---|
/// | 2xx | done |
/// | 429 | collision: the service has as many calls as it takes |
/// | 408, 5xx | retry |
/// | any other status | failed: the service has spoken. Redirects are not followed |
/// | no connection, TLS | refused: the address is left alone for a while |
/// | a connection that ends without an answer; the client's own time limit | retry |
/// | no descriptor, memory or port for the call | shortage |
/// | cancelled, an answer too long, a request that cannot be sent | failed |
struct ServiceInvoker: TaskInvoker {
    let http: HTTPClient

    func perform(_ attempt: TaskAttempt) async -> AttemptEnd {
        let call = attempt.call
        let request = HTTPRequest(
            "POST", attempt.worker + (call.query.map { "?" + $0 } ?? ""),
            headers: call.headers + [(name: "X-Call-Id", value: call.id)], body: call.body, timeout: call.timeout,
            connectTimeout: min(.seconds(5), call.timeout))
        let begun = ContinuousClock.now
        do {
            let response = try await http.send(request)
            return Self.end(
                WorkerAnswer(
                    status: response.status, headers: response.headers, body: response.body,
                    seconds: (ContinuousClock.now - begun) / .seconds(1)))
        } catch let failure as HTTPFailure {
            return Self.end(failure)
        } catch {
            return AttemptEnd(.failed("cancelled"), .nothing)
        }
    }

    static func end(_ answer: WorkerAnswer) -> AttemptEnd {
        switch answer.status {
        case 200...299: AttemptEnd(.done, .taken, answer: answer)
        case 429: AttemptEnd(.collision, .nothing, answer: answer)
        case 408, 500...599: AttemptEnd(.retry("status \(answer.status)"), .taken, answer: answer)
        default: AttemptEnd(.failed("status \(answer.status)"), .taken, answer: answer)
        }
    }

    static func end(_ failure: HTTPFailure) -> AttemptEnd {
        var end =
            switch failure.kind {
            case .notConnected: AttemptEnd(.refused("no connection"), .refused)
            case .tls: AttemptEnd(.refused("TLS failed"), .refused)
            case .connectionLost: AttemptEnd(.retry("connection lost"), .nothing)
            case .timedOut: AttemptEnd(.retry("timeout: the client's limit ended the call"), .nothing)
            case .shortage: AttemptEnd(.shortage("no means here to make the call"), .nothing)
            case .tooLarge: AttemptEnd(.failed("answer too long"), .nothing)
            case .invalidRequest: AttemptEnd(.failed("invalid request"), .nothing)
            case .shutDown: AttemptEnd(.failed("client shut down"), .nothing)
            }
        end.message = failure.description
        if failure.kind == .connectionLost { end.notes = [FarmNote(.connectionLost, failure.description)] }
        return end
    }

    func shortage(of calls: Int) -> String? { OpenFiles.shortage(of: calls, filesEach: 1) }
}
