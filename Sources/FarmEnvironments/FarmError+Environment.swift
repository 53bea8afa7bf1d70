import Farm
import Gymnasium

extension EnvironmentError {
    /// What an error of a farm is to the user of an environment.
    init(_ error: FarmError) {
        switch error.kind {
        case .busy: self.init(.farmBusy, error.description, retryAfterMilliseconds: 1_000)
        case .unavailable: self.init(.backendUnavailable, error.description, retryAfterMilliseconds: 1_000)
        case .unsupported(let argument): self.init(.badArgument(name: argument), error.description)
        case .inconsistent: self.init(.crashed, error.description)
        }
    }
}
