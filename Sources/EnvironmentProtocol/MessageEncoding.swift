public import Foundation
public import SwiftProtobuf

/// The two forms a message may have. A reply has the form of its request.
public enum MessageEncoding: Sendable, Hashable {
    case binary
    case json

    /// JSON begins with `{` (0x7B), which no binary message of the schema can begin with: it would be a group of field 15.
    public init(of frame: Data) {
        self = frame.first == UInt8(ascii: "{") ? .json : .binary
    }
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
                return try Message(jsonUTF8Bytes: frame, options: options)
            }
        } catch {
            let form = encoding == .json ? "JSON" : "protobuf"
            throw MalformedMessage(description: "not a \(Message.protoMessageName) in \(form): \(error)")
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
