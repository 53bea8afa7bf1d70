public import Gymnasium
import SwiftProtobuf

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

extension WireInfo {
    /// The infos of a vector. A mask is left out where all sub-environments have the key.
    public init(batches: [InfoBatch], readable: Bool) {
        self.init()
        entries = batches.map { batch in
            .with {
                $0.key = batch.key
                $0.value = WireValue(batch.value, readable: readable)
                $0.mask = batch.mask.allSatisfy(\.self) ? [] : batch.mask
            }
        }
    }
}
