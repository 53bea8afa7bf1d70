/// Why a gateway did not do what it was asked. The message names method, URL (without login), status and what to do.
public struct GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The login is wrong or missing (401, 403).
        case unauthorized
        /// The gateway has no such function.
        case notFound
        /// Another status than 2xx.
        case refused(status: Int)
        /// Nobody answers, or what answers says that the gateway is away (502, 503, 504).
        case unavailable
        /// The client's own limit passed.
        case timedOut
        /// The connection ended without an answer; the work may have been done.
        case connectionLost
        /// The certificate was refused, or TLS failed otherwise.
        case tls
        /// A 2xx whose body is not what it should be.
        case malformedAnswer
        /// A longer answer than is taken.
        case tooLarge
        /// A body that is longer than the gateway's queue takes; nothing was sent.
        case bodyTooLong
        /// The queue accepted a call, and no callback came in its time.
        case noCallback
        case invalidAddress
        case invalidCredentials
        /// A function's or namespace's name that is no DNS label.
        case invalidName
        /// The call cannot be sent as it is.
        case invalidRequest
        /// This program had no descriptor, memory or port for the call; nothing was sent.
        case shortage
        /// The client was shut down.
        case shutDown
    }

    public let kind: Kind
    /// One line for people; holds no password.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }

    /// Whether the gateway has answered, and does not do it.
    public var isRefusal: Bool {
        switch kind {
        case .refused, .unauthorized, .notFound: true
        default: false
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    public var isRetryable: Bool {
        switch kind {
        case .unavailable, .timedOut, .connectionLost, .malformedAnswer, .noCallback, .shortage: true
        case .refused(let status): status >= 500 || status == 429 || status == 408
        case .unauthorized, .notFound, .tls, .tooLarge, .bodyTooLong, .invalidAddress, .invalidCredentials,
            .invalidName,
            .invalidRequest, .shutDown:
            false
        }
    }
}
