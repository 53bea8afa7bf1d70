import Foundation
import SystemErrors

/// A file that TensorBoard reads: scalars over environment steps, and a text with the run's settings.
///
/// Its records are `tensorflow.Event` messages, each between its length and checksums (TFRecord).
public final class EventFile {
    public let path: String
    private let handle: FileHandle
    private var pending: [UInt8] = []

    /// Creates the file `events.out.tfevents.SECONDS.HOST.PROCESS.0`, and the folder if there is none.
    ///
    /// - Parameters:
    ///   - folder: of the run, such as `runs/farm__ppo__1__1700000000`; TensorBoard shows its name.
    ///   - secondsSince1970: nil: now, here and in the other methods.
    public init(folder: String, secondsSince1970: Double? = nil) throws(LearningError) {
        let seconds = secondsSince1970 ?? EventFile.now
        let process = ProcessInfo.processInfo
        let host = process.hostName.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
        path = folder + "/events.out.tfevents.\(Int(seconds)).\(host).\(process.processIdentifier).0"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        } catch {
            throw LearningError(.file, "the event file \(path) cannot be made: \(SystemFailure.reason(error))")
        }
        pending += EventFile.event(.text(3, "brain.Event:2"), seconds: seconds, step: 0)
    }

    deinit { try? handle.close() }

    /// Notes a number.
    ///
    /// - Parameter step: environment steps until then.
    public func scalar(
        _ name: String, _ value: Double, step: Int, secondsSince1970: Double? = nil
    ) {
        append([.text(1, name), .float(2, Float(value))], step: step, seconds: secondsSince1970 ?? EventFile.now)
    }

    /// Notes a text, which TensorBoard shows as Markdown.
    public func text(
        _ name: String, _ text: String, step: Int, secondsSince1970: Double? = nil
    ) {
        let isString = ProtobufField.number(1, 7)
        let shape = ProtobufField.message(2, [.message(2, [.number(1, 1)])])
        let plugin = ProtobufField.message(9, [.message(1, [.text(1, "text")])])
        append(
            [.text(1, name), .message(8, [isString, shape, .text(8, text)]), plugin], step: step,
            seconds: secondsSince1970 ?? EventFile.now)
    }

    /// Writes what was noted since the last time.
    public func flush() throws(LearningError) {
        do {
            try handle.write(contentsOf: pending)
        } catch {
            throw LearningError(.file, "the event file \(path) cannot be written: \(SystemFailure.reason(error))")
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func append(_ part: [ProtobufField], step: Int, seconds: Double) {
        pending += EventFile.event(.message(5, [.message(1, part)]), seconds: seconds, step: step)
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    private static func event(_ content: ProtobufField, seconds: Double, step: Int) -> [UInt8] {
        let count = step == 0 ? [] : [ProtobufField.number(2, UInt64(bitPattern: Int64(step)))]
        return record(([.double(1, seconds)] + count + [content]).flatMap(\.bytes))
    }

    static func record(_ data: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian, Array.init)
        return length + checksum(length) + data + checksum(data)
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: CRC32C.masked(bytes).littleEndian, Array.init)
    }
}

/// A field of a protobuf message as it is written.
private struct ProtobufField {
    let bytes: [UInt8]

    static func number(_ field: UInt64, _ value: UInt64) -> ProtobufField {
        ProtobufField(bytes: varint(field << 3) + varint(value))
    }

    static func double(_ field: UInt64, _ value: Double) -> ProtobufField {
        ProtobufField(
            bytes: varint(field << 3 | 1) + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    }

    static func float(_ field: UInt64, _ value: Float) -> ProtobufField {
        ProtobufField(
            bytes: varint(field << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    }

    static func text(_ field: UInt64, _ text: String) -> ProtobufField { bytes(field, Array(text.utf8)) }

    static func message(_ field: UInt64, _ fields: [ProtobufField]) -> ProtobufField {
        bytes(field, fields.flatMap(\.bytes))
    }

    private static func bytes(_ field: UInt64, _ value: [UInt8]) -> ProtobufField {
        ProtobufField(bytes: varint(field << 3 | 2) + varint(UInt64(value.count)) + value)
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
    }
}
