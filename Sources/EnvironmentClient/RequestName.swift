import EnvironmentProtocol

/// The requests that are sent here, by the schema's names.
enum RequestName: String {
    case hello, make, reset, step, render, close
    case other = "the request"

    init(_ kind: WireRequest.OneOf_Kind) {
        self =
            switch kind {
            case .hello: .hello
            case .make: .make
            case .reset: .reset
            case .step: .step
            case .render: .render
            case .close: .close
            default: .other
            }
    }

    /// Whether `reply` is of this request's kind.
    func isAnswered(by reply: WireReply.OneOf_Kind) -> Bool {
        switch (self, reply) {
        case (.hello, .hello), (.make, .make), (.reset, .reset), (.step, .step), (.render, .render), (.close, .close):
            true
        default: false
        }
    }
}
