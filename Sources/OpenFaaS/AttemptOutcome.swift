/// What the end of a call means for the attempt at a task. This is the one table.
///
/// | what came | outcome |
/// |---|---|
/// | 2xx | done |
/// | 429 from the watchdog's middleware, also in a callback: the replica is taken | collision |
/// | other 429, 503, 504 | retry |
/// | 502 with an empty body: no replica reached, or the gateway's `upstream_timeout` | retry, with both named |
/// | 504 of the watchdog: its `exec_timeout` | retry, "timeout" with the limit's name |
/// | the client's own time limit | retry, "timeout" |
/// | 404 of the gateway: it cannot find the function, or cannot ask its provider, which it says with the same status | retry |
/// | no connection | retry |
/// | a connection that ends without an answer: the gateway's `write_timeout`, a crash | retry |
/// | accepted by the queue, and no callback in the attempt's time | retry, "no callback" |
/// | a body that is longer than the queue's limit | failed; it is not sent |
/// | 401, 403 of the gateway; an unusable name; TLS | fatal: no other attempt will fare better, the episode ends |
/// | any other status: the function's own | failed |
/// | cancelled, an answer too long, a request that cannot be sent | failed |
///
/// A retry waits out its back-off in the queue and rejoins in the order of generation; the last allowed attempt fails the
/// task with the reason. A collision is no attempt.
///
/// Reasons are kept and counted, so each kind of end has one text: no durations, names or addresses, which differ from
/// call to call. Those are in the message of the ``GatewayError`` or in the ``FunctionAnswer``.
public enum AttemptOutcome: Sendable, Hashable {
    case done
    /// The worker was busy with another call: not an attempt, goes again soon.
    case collision
    case retry(String)
    case failed(String)
    /// The farm cannot go on like this; the message tells a person what to do.
    case fatal(reason: String, message: String)

    /// One word for the kind, as metrics have it.
    public var name: String {
        switch self {
        case .done: "done"
        case .collision: "collision"
        case .retry: "retry"
        case .failed: "failed"
        case .fatal: "fatal"
        }
    }

    /// The outcome of an attempt whose call ended with `result`.
    public static func classify(_ result: Result<FunctionAnswer, any Error>) -> AttemptOutcome {
        switch result {
        case .success(let answer): classify(answer)
        case .failure(let error as GatewayError): classify(error)
        case .failure(is CancellationError): .failed("cancelled")
        case .failure: .failed("unexpected error")
        }
    }

    private static func classify(_ answer: FunctionAnswer) -> AttemptOutcome {
        let isFunctions = answer.durationSeconds != nil && answer.internalSource == nil
        switch answer.status {
        case 200...299: return .done
        case 429 where answer.internalSource == "faas-middleware": return .collision
        case 504 where answer.internalSource == "of-watchdog":
            return .retry("timeout: the function's exec_timeout ended it (status 504)")
        case 502 where !isFunctions && answer.body.isEmpty:
            return .retry("status 502: no replica reached, or the gateway's upstream_timeout ended the call")
        case 429, 502, 503, 504: return .retry("status \(answer.status)")
        case 404 where !isFunctions && answer.text.hasPrefix("error finding function"):
            // The same words when the function is gone and when the provider cannot be asked.
            return .retry(
                answer.text.contains("non-200 status code (404)")
                    ? "function not found" : "function not found: provider unreachable")
        case 401 where !isFunctions, 403 where !isFunctions:
            let reason = "status \(answer.status): something before the function wants a login"
            return .fatal(reason: reason, message: reason)
        default: return .failed("status \(answer.status)")
        }
    }

    private static func classify(_ error: GatewayError) -> AttemptOutcome {
        switch error.kind {
        case .timedOut: .retry("timeout: the client's limit ended the call")
        case .unavailable: .retry("gateway unavailable")
        case .connectionLost: .retry("connection lost")
        case .noCallback: .retry("no callback")
        case .unauthorized: .fatal(reason: "login refused", message: error.message)
        case .invalidName: .fatal(reason: "invalid name", message: error.message)
        case .invalidAddress: .fatal(reason: "invalid address", message: error.message)
        case .invalidCredentials: .fatal(reason: "invalid credentials", message: error.message)
        case .tls: .fatal(reason: "TLS failed", message: error.message)
        case .notFound: .failed("function not found")
        case .refused(let status): .failed("status \(status)")
        case .malformedAnswer: .failed("malformed answer")
        case .tooLarge: .failed("answer too long")
        case .bodyTooLong: .failed("body too long for the queue")
        case .invalidRequest: .failed("invalid request")
        case .shutDown: .failed("client shut down")
        }
    }
}
