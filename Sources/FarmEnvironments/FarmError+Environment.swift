import Farm
import Gymnasium

extension EnvironmentError {
    /// What an error of a farm is to the user of an environment.
    ///
    /// - Parameter row: the row of a vector that it is of.
    init(_ error: FarmError, row: Int? = nil) {
        let text = row.map { "sub-environment \($0): \(error)" } ?? error.description
        switch error.kind {
        case .busy: self.init(.farmBusy, text, retryAfterMilliseconds: 1_000, row: row)
        case .unavailable: self.init(.backendUnavailable, text, retryAfterMilliseconds: 1_000, row: row)
        case .unsupported(let argument): self.init(.badArgument(name: argument), text, row: row)
        case .inconsistent: self.init(.crashed, text, row: row)
        }
    }
}
