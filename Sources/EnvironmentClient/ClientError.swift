public import EnvironmentProtocol

/// Why a remote environment did not do what it was asked. The text says what was got, what was expected, what to do.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No answer came within `seconds` of real time; `advice` says what to look for. The same call again waits for the
    /// same answer.
    case timeout(request: String, endpoint: String, seconds: Double, advice: String)
    /// The session is no more: it expired, was closed, or its server was stopped or started anew. Make it again.
    case sessionLost(Refusal)
    /// The server said no.
    case refused(Refusal)
    /// What was got is not what the protocol says. The session cannot go on.
    case mismatch(String)
    /// The endpoint is none, or the process has no descriptors left.
    case unreachable(String)
    /// The environment has elements that are not arrays, or the server has no vectors.
    case unsupported(String)
    /// The environment was closed here.
    case closed

    /// A server's error reply.
    public struct Refusal: Sendable, Hashable {
        public let code: WireErrorCode
        public let reason: WireErrorReason
        /// The server's sentence for a person.
        public let message: String
        /// When the same request may succeed, in seconds of real time from now; nil: never.
        public let retryAfterSeconds: Double?
        /// The sub-environment at fault.
        public let environmentIndex: Int?
        /// The argument at fault; empty when it is none.
        public let field: String

        init(_ error: WireError) {
            code = error.code
            reason = error.reason
            message = error.message
            retryAfterSeconds = error.retryable ? Double(error.retryAfterMs) / 1_000 : nil
            environmentIndex = error.hasEnvIndex ? Int(error.envIndex) : nil
            field = error.field
        }
    }

    public var description: String {
        switch self {
        case .timeout(let request, let endpoint, let seconds, let advice):
            "no answer to \(request) from \(endpoint) within \(rounded(seconds)) s; \(advice)"
        case .sessionLost(let refusal): "the session is lost: \(refusal); make the environment again"
        case .refused(let refusal): "\(refusal)"
        case .mismatch(let text), .unreachable(let text), .unsupported(let text): text
        case .closed: "the environment is closed; make it again"
        }
    }

    private func rounded(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }
}

extension ClientError.Refusal: CustomStringConvertible {
    /// The message, with code and reason as the schema writes them.
    public var description: String { "\(message) (\(code.schemaName) / \(reason.schemaName))" }
}

extension WireErrorCode {
    /// The name in the schema, `NOT_FOUND` for example.
    public var schemaName: String { EnvironmentClient.schemaName(of: "\(self)") }
}

extension WireErrorReason {
    /// The name in the schema, `UNKNOWN_ENV_ID` for example.
    public var schemaName: String { EnvironmentClient.schemaName(of: "\(self)") }
}

/// lowerCamelCase with an underscore before each word, in capitals.
private func schemaName(of name: String) -> String {
    var result = ""
    var wasCapital = true
    for character in name {
        if character.isUppercase, !wasCapital { result.append("_") }
        wasCapital = character.isUppercase
        result += character.uppercased()
    }
    return result
}
