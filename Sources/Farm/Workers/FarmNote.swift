/// Something that a farm has to say to people.
public struct FarmNote: Sendable, Hashable {
    /// What it is about. Each kind is said once in a farm's life, events each time that they happen.
    public struct Kind: Sendable, Hashable {
        public let name: String
        public let isEvent: Bool

        public init(_ name: String, isEvent: Bool = false) {
            self.name = name
            self.isEvent = isEvent
        }
    }

    public var kind: Kind
    /// The unit that it is about; the text then goes on after its name.
    public var worker: String?
    public var text: String

    public init(_ kind: Kind, about worker: String? = nil, _ text: String) {
        self.kind = kind
        self.worker = worker
        self.text = text
    }
}

/// What any platform may have to say.
extension FarmNote.Kind {
    /// The platform makes another number of workers than was asked for.
    public static let limited = Self("limited")
    /// The platform takes only so many units.
    public static let capacity = Self("capacity")
    /// A number of workers was refused, or could not be told.
    public static let scaling = Self("scaling")
    /// Workers were there before.
    public static let found = Self("found")
    /// This program cannot make as many calls as it has workers for.
    public static let shortage = Self("shortage")
    public static let connectionLost = Self("connection lost")
}
