import Foundation
import HTTPTypes
import Hummingbird

/// The 500s that are the platform's own. A function's has `X-Duration-Seconds` and no `X-Openfaas-Internal`; none of these
/// has the one without the other.
enum PlatformFailure: Sendable {
    /// The function has died in the middle of the call, or does not listen.
    case watchdog(after: Duration)
    /// The replica cannot be reached, or has hung up.
    case proxy(function: String)
    /// The gateway has given up scaling the function from zero.
    case scaling(address: String, reason: String)
    /// The gateway has lost its queue.
    case queue(reason: String)

    /// Without the headers of a call.
    var response: Response {
        switch self {
        case .watchdog(let duration):
            var response = Response.empty(.internalServerError)
            response.headers[.xOpenFaaSInternal] = "of-watchdog"
            response.headers[.xDurationSeconds] = String(format: "%.6f", duration / .seconds(1))
            return response
        case .proxy(let function):
            var response = Response.error(.internalServerError, "Can't reach service for: \(function).")
            response.headers[.xOpenFaaSInternal] = "proxy"
            return response
        case .scaling(let address, let reason):
            return .text(.internalServerError, "error finding function \(address): unable to scale function \(reason)")
        case .queue(let reason): return .error(.internalServerError, "Error queuing request: \(reason)")
        }
    }
}
