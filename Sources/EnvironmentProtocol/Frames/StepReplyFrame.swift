/// A reply to a step, read in place: it lives as long as the frame does.
///
/// It has no parts that come at the ends of episodes only.
public struct StepReplyFrame {
    public let requestID: UInt64
    public let session: UnsafeRawBufferPointer
    public private(set) var observation: FrameArray
    /// Of a single environment.
    public private(set) var reward = 0.0
    /// Of a single environment.
    public private(set) var terminated = false
    /// Of a single environment.
    public private(set) var truncated = false
    /// Of a vector: an eight-byte number each; empty for a single environment.
    public private(set) var rewards = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of a vector: a byte each, 0 or 1.
    public private(set) var terminations = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of a vector: a byte each, 0 or 1.
    public private(set) var truncations = UnsafeRawBufferPointer(start: nil, count: 0)
    /// An `Info`, still encoded; empty where nothing is said.
    public private(set) var info = UnsafeRawBufferPointer(start: nil, count: 0)
    public private(set) var actionMask: FrameArray?

    /// Reads a reply whose parts are in the order of the schema and each there once.
    ///
    /// - Returns: nil for all else, malformed or not, which the library reads.
    public init?(_ frame: UnsafeRawBufferPointer) {
        guard let envelope = StepEnvelope(frame) else { return nil }
        var fields = FrameReader(envelope.step)
        guard let first = fields.next(), first.key == 1 << 3 | 2, let observation = FrameArray(value: first.content)
        else { return nil }
        requestID = envelope.requestID
        session = envelope.session
        self.observation = observation
        var last = first.key
        while let field = fields.next() {
            guard field.key > last else { return nil }
            last = field.key
            switch field.key {
            case 2 << 3 | 1: reward = Double(bitPattern: field.number)
            case 3 << 3 | 0: terminated = field.number != 0
            case 4 << 3 | 0: truncated = field.number != 0
            case 5 << 3 | 2: info = field.content
            case 6 << 3 | 2: rewards = field.content
            case 7 << 3 | 2: terminations = field.content
            case 8 << 3 | 2: truncations = field.content
            case 12 << 3 | 2:
                guard let mask = FrameArray(value: field.content) else { return nil }
                actionMask = mask
            default: return nil
            }
        }
        // A flag may have been written as a longer varint.
        guard !fields.isMalformed, terminations.allSatisfy({ $0 <= 1 }), truncations.allSatisfy({ $0 <= 1 }) else {
            return nil
        }
    }

    /// Whether it is of the session whose id these bytes are.
    public func isOf(session id: [UInt8]) -> Bool { session.holds(id) }
}
