public import Gymnasium

extension WireAutoresetMode {
    public init(_ mode: AutoresetMode) {
        self =
            switch mode {
            case .nextStep: .nextStep
            case .sameStep: .sameStep
            case .disabled: .disabled
            }
    }

    /// Gymnasium's default, `nextStep`, when nothing is said; nil for a mode of a later version.
    public var mode: AutoresetMode? {
        switch self {
        case .unspecified, .nextStep: .nextStep
        case .sameStep: .sameStep
        case .disabled: .disabled
        case .UNRECOGNIZED: nil
        }
    }
}
