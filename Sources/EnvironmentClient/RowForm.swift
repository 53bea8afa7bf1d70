import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

/// What the rows of a vector's arrays look like, and the reading of them from replies.
struct RowForm {
    /// Sub-environments.
    let count: Int
    let observation: ArrayForm
    let action: ArrayForm
    /// Whether an action is a single integer.
    let isDiscrete: Bool
    /// Actions of a mask; 0 where there are none.
    let maskCount: Int

    /// Bytes of a vector's observations or actions at most.
    private static let mostBytes = 1 << 32
    /// Actions of a mask at most; of more than these nobody sends masks.
    private static let mostActions = 1 << 16

    /// - Throws: `unsupported` when elements of a space are not arrays, or are too many bytes.
    init(count: Int, observationSpace: Space, actionSpace: Space) throws(ClientError) {
        guard let observation = observationSpace.arrayForm, let action = actionSpace.arrayForm else {
            throw .unsupported("the environment has dict, tuple or text spaces, whose elements are not arrays")
        }
        guard count <= RowForm.mostBytes / max(observation.byteCount, action.byteCount, 1) else {
            throw .unsupported(
                "\(count) environments with observations of \(observation.byteCount) bytes and actions of "
                    + "\(action.byteCount) are more than \(RowForm.mostBytes) bytes; ask for fewer")
        }
        self.count = count
        self.observation = observation
        self.action = action
        // The protocol tells masks with the steps only; of what can be masked it is assumed.
        isDiscrete = if case .discrete = actionSpace { action.dtype == .int64 } else { false }
        if case .discrete(let space) = actionSpace, (1...Int64(RowForm.mostActions)).contains(space.n) {
            maskCount = Int(space.n)
        } else {
            maskCount = 0
        }
    }

    /// The bytes of `count` rows of `form`, one after the other.
    ///
    /// - Throws: `mismatch` for anything else.
    func bytes(_ value: WireValue, of form: ArrayForm, _ name: String) throws(ClientError) -> Data {
        guard case .array(let wire) = value.kind else {
            throw .mismatch("the server's \(name) is no array; is it of another version?")
        }
        if wire.dtype.dtype == form.dtype, wire.data.count == count * form.byteCount { return wire.data }
        // As `values`, as people write arrays.
        guard let array = try? wire.array(), array.dtype == form.dtype, array.bytes.count == count * form.byteCount
        else {
            let got = "\(wire.dtype) of shape \(wire.shape)"
            throw .mismatch(
                "the server's \(name) is \(got), expected \(count) × \(form.shape) of \(form.dtype.rawValue)")
        }
        return Data(array.bytes)
    }

    /// Actions as a request has them: one for each sub-environment of a vector, or a single environment's, as field 1.
    func write(_ actions: UnsafeRawBufferPointer, isVector: Bool, to request: inout FrameWriter) {
        if !isVector, isDiscrete {
            let integer = Int64(littleEndian: actions.loadUnaligned(as: Int64.self))
            request.field(1) { $0.field(6, varint: UInt64(bitPattern: integer)) }
        } else {
            request.field(
                1, elements: actions, dtype: action.dtype, rows: isVector ? count : nil, shape: action.shape)
        }
    }

    /// The bytes of `rows` rows of `form`.
    ///
    /// - Returns: nil for anything else.
    func rows(_ array: FrameArray?, of form: ArrayForm) -> UnsafeRawBufferPointer? {
        guard let array, array.dtype == form.dtype, array.bytes.count == count * form.byteCount else { return nil }
        return array.bytes
    }
}

extension RowBuffers {
    /// Copies the observations of the chosen rows; nil: of all.
    func setObservations(_ bytes: Data, of rows: [Bool]?) {
        guard let rows else {
            bytes.withUnsafeBytes { observations.copyMemory(from: $0) }
            return
        }
        bytes.withUnsafeBytes { bytes in
            for index in 0..<count where rows[index] {
                let first = index * observationByteCount
                observation(at: index).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[first..<first + observationByteCount]))
            }
        }
    }

    /// Says that the chosen rows have just begun; nil: all.
    func setBegun(_ rows: [Bool]?) {
        for index in 0..<count where rows?[index] ?? true { put(at: index) }
    }

    /// Copies the mask of a sub-environment; what is not told is allowed.
    func setActionMask(_ mask: NDArray?, of index: Int) {
        guard let mask, mask.dtype.byteCount == 1 else {
            setActionMask(nil as UnsafeRawBufferPointer?, of: index)
            return
        }
        mask.bytes.withUnsafeBytes { setActionMask($0, of: index) }
    }

    /// Copies the mask of a sub-environment, a byte an action; what is not told is allowed.
    func setActionMask(_ mask: UnsafeRawBufferPointer?, of index: Int) {
        let row = actionMask(at: index)
        guard let mask, mask.count == row.count else {
            row.update(repeating: 1)
            return
        }
        UnsafeMutableRawBufferPointer(row).copyMemory(from: mask)
    }
}
