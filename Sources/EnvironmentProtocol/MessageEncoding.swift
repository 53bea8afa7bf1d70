public import Foundation
public import SwiftProtobuf

/// The two forms a message may have. A reply has the form of its request.
public enum MessageEncoding: Sendable, Hashable {
    case binary
    case json

    /// JSON begins with `{` (0x7B), which no binary message of the schema can begin with: it would be a group of field 15.
    ///
    /// White space and a byte order mark before it are passed over, where a member's name or `}` follows: no binary
    /// message goes on like that.
    public init(of frame: Data) {
        self = frame.first == UInt8(ascii: "{") || MessageEncoding.jsonBegin(of: frame) != nil ? .json : .binary
    }

    /// Where the `{` of a JSON text is that something harmless stands before; nil where there is none.
    static func jsonBegin(of frame: Data) -> Data.Index? {
        var rest = frame[...]
        // What some editors and shells put before a text.
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        rest = rest.drop(while: isBlank)
        guard let begin = rest.indices.first, rest[begin] == UInt8(ascii: "{"),
            let next = rest.dropFirst().first(where: { !isBlank($0) }),
            next == UInt8(ascii: "\"") || next == UInt8(ascii: "}")
        else { return nil }
        return begin
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}

/// A frame that holds no message of the schema.
public struct MalformedMessage: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Frames to messages and back.
public enum MessageCodec {
    /// Nested values and spaces may be this deep; the limit counts messages, two for each level of a value.
    static let depthLimit = 64

    /// - Throws: ``MalformedMessage``, whose text says what is wrong with the frame.
    public static func decode<Message: SwiftProtobuf.Message>(
        _: Message.Type, from frame: Data, _ encoding: MessageEncoding
    ) throws(MalformedMessage) -> Message {
        guard !frame.isEmpty else {
            throw MalformedMessage(description: "the frame is empty; expected a \(Message.protoMessageName)")
        }
        do {
            switch encoding {
            case .binary:
                var options = BinaryDecodingOptions()
                options.messageDepthLimit = depthLimit
                return try Message(serializedBytes: frame, options: options)
            case .json:
                var options = JSONDecodingOptions()
                options.messageDepthLimit = depthLimit
                // A newer client may say more than this server knows.
                options.ignoreUnknownFields = true
                let text = MessageEncoding.jsonBegin(of: frame).map { Data(frame[$0...]) } ?? frame
                return try Message(jsonUTF8Bytes: text, options: options)
            }
        } catch {
            let form = encoding == .json ? "JSON" : "protobuf"
            throw MalformedMessage(
                description: "not a \(Message.protoMessageName) in \(form): \(MalformedMessage.reason(error))")
        }
    }

    /// Field names are the schema's own (snake_case) in JSON.
    public static func encode(_ message: some SwiftProtobuf.Message, _ encoding: MessageEncoding) throws -> Data {
        switch encoding {
        case .binary: return try message.serializedData()
        case .json:
            var options = JSONEncodingOptions()
            options.preserveProtoFieldNames = true
            options.alwaysPrintInt64sAsNumbers = false
            return try message.jsonUTF8Data(options: options)
        }
    }
}
