/// Why KEDA's scaler does not listen.
public struct KEDAScalerError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The address is none, or none of this machine.
        case address
        /// TLS is missing where it must be, or its files are not right.
        case tls
        /// The address could not be listened on, or the listener broke.
        case listening
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        (self.kind, self.description) = (kind, description)
    }
}
