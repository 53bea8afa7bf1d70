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
        var event = EventFile.event(seconds: seconds, step: 0)
        event.bytes(3, Array("brain.Event:2".utf8))
        pending += EventFile.record(event.content)
    }

    deinit { try? handle.close() }

    /// Notes a number.
    ///
    /// - Parameter step: environment steps until then.
    public func scalar(
        _ name: String, _ value: Double, step: Int, secondsSince1970: Double? = nil
    ) {
        var part = Message()
        part.bytes(1, Array(name.utf8))
        part.float(2, Float(value))
        append(part, step: step, seconds: secondsSince1970 ?? EventFile.now)
    }

    /// Notes a text, which TensorBoard shows as Markdown.
    public func text(
        _ name: String, _ text: String, step: Int, secondsSince1970: Double? = nil
    ) {
        var plugin = Message()
        plugin.bytes(1, Array("text".utf8))
        var metadata = Message()
        metadata.bytes(1, plugin.content)
        var dimension = Message()
        dimension.number(1, 1)
        var shape = Message()
        shape.bytes(2, dimension.content)
        var tensor = Message()
        // DT_STRING
        tensor.number(1, 7)
        tensor.bytes(2, shape.content)
        tensor.bytes(8, Array(text.utf8))
        var part = Message()
        part.bytes(1, Array(name.utf8))
        part.bytes(8, tensor.content)
        part.bytes(9, metadata.content)
        append(part, step: step, seconds: secondsSince1970 ?? EventFile.now)
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

    private func append(_ part: Message, step: Int, seconds: Double) {
        var summary = Message()
        summary.bytes(1, part.content)
        var event = EventFile.event(seconds: seconds, step: step)
        event.bytes(5, summary.content)
        pending += EventFile.record(event.content)
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    private static func event(seconds: Double, step: Int) -> Message {
        var event = Message()
        event.double(1, seconds)
        if step != 0 { event.number(2, UInt64(bitPattern: Int64(step))) }
        return event
    }

    static func record(_ data: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian, Array.init)
        return length + checksum(length) + data + checksum(data)
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: CRC32C.masked(bytes).littleEndian, Array.init)
    }
}

/// A protobuf message as it is written.
private struct Message {
    var content: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        content += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        content += value
    }

    mutating func float(_ field: UInt64, _ value: Float) {
        varint(field << 3 | 5)
        content += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            content.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        content.append(UInt8(rest))
    }
}
