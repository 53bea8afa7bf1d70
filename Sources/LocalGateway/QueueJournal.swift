import Foundation
import SystemErrors

/// Queued calls in a file, a line of JSON each, and a line with the number of each that is over. A call is in the file
/// before it is accepted; it survives this program's end, not the machine's.
final class QueueJournal: Sendable {
    private struct Line: Codable {
        var call: QueuedCall?
        var over: Int?
    }

    /// The calls that an earlier gateway had accepted and not finished, in order.
    let unfinished: [QueuedCall]
    private let file: FileHandle

    /// Opens the file, or makes it, and takes out what is over.
    ///
    /// - Throws: ``LocalGatewayError`` of kind ``LocalGatewayError/Kind/invalidConfiguration``.
    init(path: String) throws(LocalGatewayError) {
        let url = URL(fileURLWithPath: path)
        do {
            var calls: [Int: QueuedCall] = [:]
            if FileManager.default.fileExists(atPath: path) {
                let decoder = JSONDecoder()
                for text in try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")) {
                    // The last line may be cut: its call was not accepted.
                    guard let line = try? decoder.decode(Line.self, from: text) else { continue }
                    if let call = line.call { calls[call.number] = call }
                    if let over = line.over { calls[over] = nil }
                }
            }
            unfinished = calls.values.sorted { $0.number < $1.number }
            var kept = Data()
            let encoder = JSONEncoder()
            for call in unfinished { kept += try encoder.encode(Line(call: call)) + Data("\n".utf8) }
            try kept.write(to: url, options: .atomic)
            file = try FileHandle(forWritingTo: url)
            try file.seekToEnd()
        } catch {
            throw LocalGatewayError(
                .invalidConfiguration, "the queue's file \(path) cannot be used: \(SystemFailure.reason(error))")
        }
    }

    /// One at a time, as ``end(_:)``.
    func add(_ call: QueuedCall) throws {
        try write(Line(call: call))
    }

    func end(_ number: Int) throws {
        try write(Line(over: number))
    }

    private func write(_ line: Line) throws {
        try file.write(contentsOf: JSONEncoder().encode(line) + Data("\n".utf8))
    }
}
