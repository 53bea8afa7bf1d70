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
        readable.makeReadable()
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
}

/// What has arrays or seeds in it. Parts that are not there stay away.
private protocol Readable {
    mutating func makeReadable()
}

extension Array where Element: Readable {
    fileprivate mutating func makeReadable() {
        for index in indices { self[index].makeReadable() }
    }
}

extension WireValue: Readable {
    fileprivate mutating func makeReadable() {
        switch kind {
        case .array: array.makeReadable()
        case .dict: dict.entries.makeReadable()
        case .tuple: tuple.items.makeReadable()
        case .text, .number, .integer, .boolean, nil: break
        }
    }
}

extension WireArray: Readable {
    fileprivate mutating func makeReadable() {
        guard let array = try? array() else { return }
        values = array.doubles
        data = Data()
    }
}

extension WireSeed: Readable {
    fileprivate mutating func makeReadable() {
        guard let seed = try? seed() else { return }
        decimal = seed.description
        words = []
    }
}

extension WireEntry: Readable {
    fileprivate mutating func makeReadable() { if hasValue { value.makeReadable() } }
}

extension WireInfoEntry: Readable {
    fileprivate mutating func makeReadable() { if hasValue { value.makeReadable() } }
}

extension WireArgument: Readable {
    fileprivate mutating func makeReadable() { if hasDefaultValue { defaultValue.makeReadable() } }
}

extension WireEnvSpec: Readable {
    fileprivate mutating func makeReadable() { arguments.makeReadable() }
}

extension WireStep.Reply: Readable {
    fileprivate mutating func makeReadable() {
        if hasObservation { observation.makeReadable() }
        if hasInfo { info.entries.makeReadable() }
        if hasFinalObs { finalObs.makeReadable() }
        if hasFinalInfo { finalInfo.entries.makeReadable() }
        if hasActionMask { actionMask.makeReadable() }
    }
}

extension WireReply: Readable {
    fileprivate mutating func makeReadable() {
        switch kind {
        case .listEnvs: listEnvs.envs.makeReadable()
        case .make:
            if make.hasSpec { make.spec.makeReadable() }
            make.kwargs.makeReadable()
        case .reset:
            if reset.hasObservation { reset.observation.makeReadable() }
            if reset.hasInfo { reset.info.entries.makeReadable() }
            if reset.hasActionMask { reset.actionMask.makeReadable() }
            reset.npRandomSeed.makeReadable()
        case .step: step.makeReadable()
        case .recv: recv.makeReadable()
        case .render: render.frames.makeReadable()
        default: break
        }
    }
}
