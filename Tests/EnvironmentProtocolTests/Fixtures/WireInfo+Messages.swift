import EnvironmentProtocol
import Gymnasium
import SwiftProtobuf

/// Infos as the library's messages, which those that are written in place are held to.
extension WireInfo {
    /// Of a single environment: no masks.
    init(_ entries: [Value.Entry]) {
        self.init()
        self.entries = entries.map { entry in
            .with {
                $0.key = entry.key
                $0.value = WireValue(entry.value)
            }
        }
    }

    /// Of a vector. A mask is left out where all sub-environments have the key.
    init(batches: [InfoBatch]) {
        self.init()
        entries = batches.map { batch in
            .with {
                $0.key = batch.key
                $0.value = WireValue(batch.value)
                $0.mask = batch.mask.allSatisfy(\.self) ? [] : batch.mask
            }
        }
    }
}
