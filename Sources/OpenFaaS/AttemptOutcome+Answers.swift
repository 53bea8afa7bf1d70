public import Farm

/// What the end of a call through a gateway means for the attempt at a task. This is the one table.
///
/// Who has spoken is told by headers and body, never by the status alone. The **function** has spoken when its watchdog
/// measured a duration (`X-Duration-Seconds`) and no part of the platform signed in its place (`X-Openfaas-Internal`).
/// Each row was seen on a real gateway, or read in source (*).
///
/// | what came | who | outcome |
/// |---|---|---|
/// | 200 without a body and any mark of gateway or watchdog (*) | the gateway: no replica came in time | refused |
/// | other 2xx | the function | done |
/// | 429, 502, 503, 504 with the function's marks | the function | retry |
/// | any other status from 300 with the function's marks | the function | failed: it has spoken |
/// | 429, `faas-middleware` | the watchdog: the replica is taken | collision |
/// | 504, `of-watchdog` | the watchdog's `exec_timeout` | retry, "timeout" |
/// | 500, `of-watchdog`, empty, at once | the watchdog: the function does not listen yet, or has died | refused |
/// | the same, later | the watchdog: the function died with the call | retry |
/// | 500 `Can't reach service for`, `proxy`, at once | the provider: the replica cannot be reached | refused |
/// | the same, later | the provider: the replica hung up with the call | retry |
/// | 503 `No endpoints available for`, `proxy` | the provider: no replica | refused |
/// | 500 `error finding function … unable to scale` | the gateway: scaling from zero failed | refused |
/// | 404 `error finding function … bad scaling factor` | the gateway: a label stops every call | refused |
/// | 404 `error finding function … (404)` | the gateway: the function is gone | refused |
/// | 404 `error finding function`, any other text | the gateway: its provider cannot be asked | refused |
/// | 500 `Error queuing request: nats: …` | the gateway: its queue is away | refused |
/// | 500 `Error queuing request: request body too large`, 413 | the gateway's queue | failed |
/// | 502, empty, at once | the gateway: no replica reached | refused |
/// | 502, empty, later; 503, empty, in a callback | the gateway's `upstream_timeout`; its `write_timeout` | retry |
/// | other 429, 502, 503, 504 at once (*) | something in between that takes no calls now | refused |
/// | the same, later | | retry |
/// | 401, 403 | something before the function wants a login | fatal |
/// | 414, 431 (*) | something before the function that never takes such a request | failed |
/// | other 4xx and 5xx | something before the function, or a function without a watchdog | retry |
/// | 3xx | a redirect, which is not followed | failed |
/// | no connection | the gateway is away: nothing was sent | refused |
/// | no descriptor, memory or port for the call | this program | shortage |
/// | a connection that ends without an answer: `write_timeout`, a crash | | retry |
/// | the client's own time limit | | retry, "timeout" |
/// | accepted by the queue, and no callback in the attempt's time | | retry, "no callback" |
/// | a body that is longer than the queue's limit | this program; it is not sent | failed |
/// | an unusable name or address, TLS | | fatal: no other attempt will fare better, the episode ends |
/// | cancelled, an answer too long, a request that cannot be sent | | failed |
///
/// Reasons name no durations, names or addresses: those are in the message of the ``GatewayError`` or in the
/// ``FunctionAnswer``.
extension AttemptOutcome {
    /// An answer that comes sooner, in real seconds, is no work's end: a replica that does not listen is refused within
    /// milliseconds, one that dies takes its call's time. By the platform's own clock, and by the client's.
    private static let atOnce = (measured: 0.05, waited: 0.25)

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
        switch answer.status {
        case 200 where answer.isNobodys: .refused("scaling from zero took too long (an empty 200)")
        case 200...299: .done
        case 429 where answer.isFunctions, 502...504 where answer.isFunctions:
            .retry("status \(answer.status) of the function")
        case _ where answer.isFunctions: .failed("status \(answer.status)")
        default: classifyPlatform(answer)
        }
    }

    /// What an answer means that is not the function's.
    private static func classifyPlatform(_ answer: FunctionAnswer) -> AttemptOutcome {
        let isAtOnce = answer.measuredSeconds.map { $0 < atOnce.measured } ?? (answer.seconds < atOnce.waited)
        switch (answer.status, answer.internalSource) {
        case (429, "faas-middleware"): return .collision
        case (504, "of-watchdog"): return .retry("timeout: the function's exec_timeout ended it (status 504)")
        case (500, "of-watchdog"):
            return isAtOnce
                ? .refused("the function does not listen (status 500 of its watchdog)")
                : .retry("the function died with the call (status 500 of its watchdog)")
        case (500, "proxy"):
            return isAtOnce
                ? .refused("the replica cannot be reached (status 500 of the provider)")
                : .retry("the replica hung up with the call (status 500 of the provider)")
        case (_, _) where answer.text.hasPrefix("error finding function"): return .refused(unfound(answer.text))
        case (_, _) where answer.text.hasPrefix("Error queuing request"):
            return answer.text.contains("too large")
                ? .failed("body too long for the queue") : .refused("the gateway's queue is away")
        case (502, _) where answer.body.isEmpty && !isAtOnce:
            return .retry("status 502: the gateway's upstream_timeout ended the call, or the replica hung up")
        case (502, _) where answer.body.isEmpty: return .refused("status 502: no replica reached")
        case (429, _), (502...504, _):
            let reason = "status \(answer.status), not the function's"
            return isAtOnce ? .refused(reason) : .retry(reason)
        case (401, _), (403, _):
            let reason = "status \(answer.status): something before the function wants a login"
            return .fatal(reason: reason, message: reason)
        case (413, _), (414, _), (431, _), (300...399, _): return .failed("status \(answer.status)")
        default: return .retry("status \(answer.status), not the function's")
        }
    }

    /// The gateway's "error finding function", which it says with 404 and 500 for several reasons.
    private static func unfound(_ text: String) -> String {
        if text.contains("bad scaling factor") {
            return "the gateway refuses the function's label com.openfaas.scale.factor; remove it"
        }
        if text.contains("unable to scale function") { return "scaling from zero failed" }
        // The same words when the function is gone and when the provider cannot be asked.
        return text.contains("non-200 status code (404)") ? "function not found" : "provider unreachable"
    }

    private static func classify(_ error: GatewayError) -> AttemptOutcome {
        switch error.kind {
        case .timedOut: .retry("timeout: the client's limit ended the call")
        case .unavailable: .refused("gateway unavailable")
        case .shortage: .shortage("no means here to make the call")
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
