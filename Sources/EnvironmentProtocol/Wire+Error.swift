public import Gymnasium

extension WireError {
    public init(
        _ code: WireErrorCode, _ reason: WireErrorReason, _ message: String, field: String = "",
        retryAfterMilliseconds: Int? = nil
    ) {
        self.init()
        self.code = code
        self.reason = reason
        self.message = message
        self.field = field
        if let retryAfterMilliseconds {
            retryable = true
            retryAfterMs = UInt32(clamping: retryAfterMilliseconds)
        }
    }

    public init(_ error: EnvironmentError) {
        let code: WireErrorCode
        let reason: WireErrorReason
        var field = ""
        switch error.reason {
        case .unknownID: (code, reason) = (.notFound, .unknownEnvID)
        case .badArgument(let name):
            (code, reason) = (.invalidArgument, .badArgument)
            field = name
        case .farmBusy: (code, reason) = (.resourceExhausted, .farmBusy)
        case .backendUnavailable, .unanswered, .lost: (code, reason) = (.unavailable, .backendUnavailable)
        case .unsupported: (code, reason) = (.unimplemented, .capabilityMissing)
        case .resetNeeded: (code, reason) = (.failedPrecondition, .resetNeeded)
        case .actionShape: (code, reason) = (.invalidArgument, .actionShape)
        case .actionType: (code, reason) = (.invalidArgument, .actionDtype)
        case .actionOutOfSpace: (code, reason) = (.invalidArgument, .actionOutOfSpace)
        case .crashed: (code, reason) = (.internal, .envCrashed)
        }
        self.init(code, reason, error.message, field: field, retryAfterMilliseconds: error.retryAfterMilliseconds)
        if let row = error.row { envIndex = UInt32(clamping: row) }
    }

    /// An action that is not in the action space.
    public init(action mismatch: SpaceMismatch) {
        let reason: WireErrorReason =
            switch mismatch.kind {
            case .type: .actionDtype
            case .shape: .actionShape
            case .range: .actionOutOfSpace
            }
        self.init(
            .invalidArgument, reason, "not an action of this environment: \(mismatch); nothing was stepped",
            field: "action")
    }
}
