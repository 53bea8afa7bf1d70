import SwiftProtobuf

/// A request for a step, read in place: it lives as long as the frame does.
public struct StepRequestFrame {
    /// What to do.
    public enum Action {
        case integer(Int64)
        case array(FrameArray)

        /// The same as a message of the schema, on its own.
        public var message: WireValue {
            switch self {
            case .integer(let integer): .with { $0.integer = integer }
            case .array(let array): .with { $0.array = array.message }
            }
        }
    }

    /// Never 0.
    public let requestID: UInt64
    /// The session's id, in UTF-8.
    public let session: UnsafeRawBufferPointer
    public let action: Action

    /// Reads a request that names itself, its session, and an action that is an integer or an array of bytes, in the order
    /// of the schema and each once.
    ///
    /// - Returns: nil for all else, malformed or not, which the library reads.
    public init?(_ frame: UnsafeRawBufferPointer) {
        guard let envelope = StepEnvelope(frame), envelope.requestID != 0,
            let action = StepRequestFrame.action(of: envelope.step)
        else { return nil }
        requestID = envelope.requestID
        session = envelope.session
        self.action = action
    }

    /// Whether it is of the session whose id these bytes are.
    public func isOf(session id: [UInt8]) -> Bool { session.holds(id) }

    private static func action(of step: UnsafeRawBufferPointer) -> Action? {
        var fields = FrameReader(step)
        guard let value = fields.next(), value.key == 1 << 3 | 2, fields.next() == nil, !fields.isMalformed else {
            return nil
        }
        var parts = FrameReader(value.content)
        if let part = parts.next(), part.key == 6 << 3 | 0, parts.next() == nil, !parts.isMalformed {
            return .integer(Int64(bitPattern: part.number))
        }
        return FrameArray(value: value.content).map { .array($0) }
    }
}
