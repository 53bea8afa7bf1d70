import Foundation

/// What is around a step, which is the same in requests and in replies: id, session, a number, and the step itself.
struct StepEnvelope {
    let requestID: UInt64
    let session: UnsafeRawBufferPointer
    /// A `Step.Request`, or a `Step.Reply`.
    let step: UnsafeRawBufferPointer

    /// Reads a message whose parts are in the order of the schema and each there once.
    ///
    /// - Returns: nil for all else, malformed or not.
    init?(_ frame: UnsafeRawBufferPointer) {
        var requestID: UInt64 = 0
        var session = UnsafeRawBufferPointer(start: nil, count: 0)
        var step: UnsafeRawBufferPointer?
        var last: UInt64 = 0
        var fields = FrameReader(frame)
        while let field = fields.next() {
            guard field.key > last else { return nil }
            last = field.key
            switch field.key {
            case 1 << 3 | 0: requestID = field.number
            case 2 << 3 | 2: session = field.content
            // How long the client waits, or the server's time.
            case 3 << 3 | 0: break
            case 24 << 3 | 2: step = field.content
            default: return nil
            }
        }
        guard !fields.isMalformed, let step else { return nil }
        self.requestID = requestID
        self.session = session
        self.step = step
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this is `bytes`.
    func holds(_ bytes: [UInt8]) -> Bool {
        guard let baseAddress, count == bytes.count else { return count == bytes.count }
        return bytes.withUnsafeBytes { $0.baseAddress.map { memcmp(baseAddress, $0, bytes.count) == 0 } ?? true }
    }
}
