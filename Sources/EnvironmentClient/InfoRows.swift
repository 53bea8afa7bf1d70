import EnvironmentProtocol
import Foundation
import Gymnasium

/// The infos of one reply, decoded when one is first asked for.
final class InfoRows {
    private lazy var wire = read()
    private let source: Source
    /// nil for a single environment, whose infos are not batched.
    private let count: Int?
    private lazy var batches = decoded()

    private enum Source {
        case message(WireInfo)
        case frame(Data)
    }

    init(_ wire: WireInfo, count: Int?) {
        source = .message(wire)
        self.count = count
    }

    /// - Parameter frame: an `Info`, still encoded.
    init(frame: UnsafeRawBufferPointer, count: Int?) {
        source = frame.isEmpty ? .message(WireInfo()) : .frame(Data(frame))
        self.count = count
    }

    private func read() -> WireInfo {
        switch source {
        case .message(let wire): wire
        // What cannot be read is left out.
        case .frame(let frame): (try? MessageCodec.decode(WireInfo.self, from: frame, .binary)) ?? WireInfo()
        }
    }

    /// What the reply says of a sub-environment, sorted by key. What cannot be read is left out: infos are no contract.
    func row(_ index: Int) -> [Value.Entry] {
        guard let count else { return batches.map { Value.Entry($0.key, $0.value) } }
        return batches.compactMap { batch in
            guard batch.mask.isEmpty || batch.mask.count == count && batch.mask[index],
                let value = batch.value.row(index, of: count)
            else { return nil }
            return Value.Entry(batch.key, value)
        }
    }

    /// The value of a key of a sub-environment.
    func value(_ key: String, of index: Int) -> Value? {
        guard wire.entries.contains(where: { $0.key == key }) else { return nil }
        return row(index).first { $0.key == key }?.value
    }

    private func decoded() -> [InfoBatch] {
        wire.entries.compactMap { entry in
            (try? entry.value.value()).map { InfoBatch(key: entry.key, value: $0, mask: entry.mask) }
        }.sorted { $0.key < $1.key }
    }

    private struct InfoBatch {
        let key: String
        let value: Value
        /// Empty: all sub-environments have the key.
        let mask: [Bool]
    }
}

extension Value {
    /// The part of a sub-environment in a batched value; the inverse of `InfoBatch.batch`.
    ///
    /// - Returns: nil where it has none.
    func row(_ index: Int, of count: Int) -> Value? {
        switch self {
        case .array(let array): return array.row(index, of: count)
        case .tuple(let items): return items.count == count ? items[index] : nil
        case .dict(let entries):
            let keys = Set(entries.map(\.key))
            return .dict(
                entries.compactMap { entry in
                    // Beside a key that some lack is a mask of those that have it.
                    if entry.key.hasPrefix("_"), keys.contains(String(entry.key.dropFirst())) { return nil }
                    if case .array(let mask)? = self["_" + entry.key], mask.dtype == .bool, mask.bytes.count == count,
                        mask.bytes[index] == 0
                    {
                        return nil
                    }
                    return entry.value.row(index, of: count).map { Value.Entry(entry.key, $0) }
                })
        // The same for all.
        case .text, .number, .integer, .boolean: return self
        }
    }
}

extension NDArray {
    /// A number where a row is one, else an array.
    fileprivate func row(_ index: Int, of count: Int) -> Value? {
        guard shape.first == count, count > 0 else { return nil }
        let size = bytes.count / count
        guard
            let row = NDArray(
                dtype: dtype, shape: Array(shape.dropFirst()), bytes: Array(bytes[index * size..<(index + 1) * size]))
        else { return nil }
        guard row.shape.isEmpty else { return .array(row) }
        switch dtype {
        case .float64: return .number(row.doubles[0])
        case .int64: return .integer(row.singleInteger ?? 0)
        case .bool: return .boolean(row.bytes[0] != 0)
        default: return .array(row)
        }
    }
}
