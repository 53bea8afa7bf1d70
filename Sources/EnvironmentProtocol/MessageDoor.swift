public import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// Where messages come in as bytes and go out as bytes. Behind it there is one form, the binary one's: arrays are bytes, seeds
/// are words. JSON, which people read, is made of it here and nowhere else.
///
///     let encoding = MessageEncoding(of: frame)
///     let request = try MessageDoor.request(frame, encoding)
///     let bytes = try MessageDoor.bytes(of: reply, encoding)
public enum MessageDoor {
    /// - Throws: ``MalformedMessage``, whose text says what is wrong with the frame.
    public static func request(_ frame: Data, _ encoding: MessageEncoding) throws(MalformedMessage) -> WireRequest {
        try MessageCodec.decode(WireRequest.self, from: frame, encoding)
    }

    /// - Throws: where the library cannot write the message.
    public static func bytes(of reply: WireReply, _ encoding: MessageEncoding) throws -> Data {
        guard encoding == .json else { return try MessageCodec.encode(reply, .binary) }
        var readable = reply
        readable.kind?.makeReadable()
        return try MessageCodec.encode(readable, .json)
    }
}

extension MessageEncoding {
    /// Bytes of the pictures in a reply, which a request could otherwise make as long as it likes; in JSON, where each byte is
    /// written out, fewer.
    public var mostPictureBytes: Int { self == .json ? 16 << 20 : 256 << 20 }
}

extension WireValue {
    /// The same with arrays as `values`, as people write and read them.
    public var readable: WireValue {
        var value = self
        value.makeReadable()
        return value
    }

    fileprivate mutating func makeReadable() {
        switch kind {
        case .array(var array):
            array.makeReadable()
            kind = .array(array)
        case .dict(var dict):
            dict.entries.makeReadable()
            kind = .dict(dict)
        case .tuple(var tuple):
            for index in tuple.items.indices { tuple.items[index].makeReadable() }
            kind = .tuple(tuple)
        case .text, .number, .integer, .boolean, nil: break
        }
    }
}

extension WireArray {
    fileprivate mutating func makeReadable() {
        guard let array = try? array() else { return }
        values = array.doubles
        data = Data()
    }
}

extension WireSeed {
    fileprivate mutating func makeReadable() {
        guard let seed = try? seed() else { return }
        decimal = seed.description
        words = []
    }
}

extension [WireEntry] {
    fileprivate mutating func makeReadable() {
        for index in indices { self[index].value.makeReadable() }
    }
}

extension WireInfo {
    fileprivate mutating func makeReadable() {
        for index in entries.indices { entries[index].value.makeReadable() }
    }
}

extension WireEnvSpec {
    fileprivate mutating func makeReadable() {
        for index in arguments.indices { arguments[index].defaultValue.makeReadable() }
    }
}

extension WireStep.Reply {
    /// Parts that are not there stay away.
    fileprivate mutating func makeReadable() {
        if hasObservation { observation.makeReadable() }
        if hasInfo { info.makeReadable() }
        if hasFinalObs { finalObs.makeReadable() }
        if hasFinalInfo { finalInfo.makeReadable() }
        if hasActionMask { actionMask.makeReadable() }
    }
}

extension WireReset.Reply {
    fileprivate mutating func makeReadable() {
        if hasObservation { observation.makeReadable() }
        if hasInfo { info.makeReadable() }
        if hasActionMask { actionMask.makeReadable() }
        for index in npRandomSeed.indices { npRandomSeed[index].makeReadable() }
    }
}

extension WireReply.OneOf_Kind {
    fileprivate mutating func makeReadable() {
        switch self {
        case .listEnvs(var reply):
            for index in reply.envs.indices { reply.envs[index].makeReadable() }
            self = .listEnvs(reply)
        case .make(var reply):
            if reply.hasSpec { reply.spec.makeReadable() }
            reply.kwargs.makeReadable()
            self = .make(reply)
        case .reset(var reply):
            reply.makeReadable()
            self = .reset(reply)
        case .step(var reply):
            reply.makeReadable()
            self = .step(reply)
        case .recv(var reply):
            reply.makeReadable()
            self = .recv(reply)
        case .render(var reply):
            for index in reply.frames.indices { reply.frames[index].makeReadable() }
            self = .render(reply)
        default: break
        }
    }
}
