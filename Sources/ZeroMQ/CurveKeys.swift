internal import CZeroMQ
import Foundation

/// The public half of a CURVE key pair: it names its owner, and may be shown to anybody.
public struct CurvePublicKey: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes as 40 characters of Z85 (ZeroMQ RFC 32).
    public let text: String

    /// - Parameter text: Z85, 40 characters.
    /// - Throws: ``CurveKeyError`` for what is no key.
    public init(_ text: String) throws(CurveKeyError) {
        guard Z85.bytes(of: text) != nil else { throw CurveKeyError(text.utf8.count, "public") }
        self.text = text
    }

    /// - Parameter bytes: 32 of them, as they come over the wire; nil for any other number.
    init?(bytes: Data) {
        guard let text = Z85.text(of: bytes) else { return nil }
        self.text = text
    }

    public var description: String { text }
}

/// The secret half of a CURVE key pair. It prints without the key, however it is printed.
public struct CurveSecretKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The 32 bytes as 40 characters of Z85 (ZeroMQ RFC 32).
    public let text: String
    /// The half that belongs to it.
    public let publicKey: CurvePublicKey

    /// - Parameter text: Z85, 40 characters.
    /// - Throws: ``CurveKeyError`` for what is no key, and where libzmq was built without CURVE.
    public init(_ text: String) throws(CurveKeyError) {
        guard Z85.bytes(of: text) != nil else { throw CurveKeyError(text.utf8.count, "secret") }
        var buffer = [CChar](repeating: 0, count: Z85.keyLength + 1)
        guard zmq_curve_public(&buffer, text) == 0 else { throw CurveKeyError.unsupported }
        self.text = text
        publicKey = try CurvePublicKey(Z85.text(inBuffer: buffer))
    }

    /// A key pair that nobody has had before.
    ///
    /// - Throws: ``CurveKeyError`` where libzmq was built without CURVE.
    public static func generate() throws(CurveKeyError) -> CurveSecretKey {
        var publicBuffer = [CChar](repeating: 0, count: Z85.keyLength + 1)
        var secretBuffer = publicBuffer
        guard zmq_curve_keypair(&publicBuffer, &secretBuffer) == 0 else { throw CurveKeyError.unsupported }
        return try CurveSecretKey(Z85.text(inBuffer: secretBuffer))
    }

    public var description: String { "(secret key of \(publicKey))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}

/// What was given as a key is none. The text of the key is not repeated: it may be nearly a secret.
public struct CurveKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was got, what was expected, what to do.
    public let description: String

    init(_ length: Int, _ half: String) {
        description =
            "what is given as a \(half) key is none: a CURVE key has 40 characters of Z85, this has \(length)"
            + (length == Z85.keyLength ? ", not all of them Z85" : "") + "; `faasfarm keys` makes keys"
    }

    private init(description: String) {
        self.description = description
    }

    static let unsupported = CurveKeyError(
        description: "this libzmq was built without CURVE; install one with libsodium (Debian: libzmq3-dev)")
}

/// Bytes as text that fits into a line (ZeroMQ RFC 32), for keys of 32 bytes.
enum Z85 {
    static let keyLength = 40

    static func bytes(of text: String) -> Data? {
        var bytes = [UInt8](repeating: 0, count: 32)
        // The decoder reads up to the first NUL and writes 4 bytes for 5 characters.
        guard text.utf8.count == keyLength, !text.utf8.contains(0), zmq_z85_decode(&bytes, text) != nil else {
            return nil
        }
        return Data(bytes)
    }

    static func text(of bytes: Data) -> String? {
        guard bytes.count == 32 else { return nil }
        var buffer = [CChar](repeating: 0, count: keyLength + 1)
        let encoded = bytes.withUnsafeBytes { raw in
            zmq_z85_encode(&buffer, raw.bindMemory(to: UInt8.self).baseAddress, raw.count) != nil
        }
        return encoded ? text(inBuffer: buffer) : nil
    }

    static func text(inBuffer buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
