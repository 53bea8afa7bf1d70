import Foundation

/// What the reference worker answers with.
struct WorkerAnswer: Encodable, Sendable {
    var id: String
    var mode: String
    var ms: Double
    /// What the work really took, by the clock.
    var took_ms: Double
    var pid: Int32
    var call_id: String
    /// Calls in this worker when this one began, itself included.
    var inflight: Int
    /// This worker's count of calls.
    var seq: Int
    var host: String
    var method: String
    var path: String
    var query: String
    /// Of an image's last stage, in hexadecimal.
    var checksum: String?

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
