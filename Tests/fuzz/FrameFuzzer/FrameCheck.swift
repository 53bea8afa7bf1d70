import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// What must hold of any frame whatever, as a server and a client read it.
enum FrameCheck {
    /// Reads the frame as a request and as a reply, and all that is in it.
    ///
    /// - Returns: what is wrong; nil when all is well. That the frame is no message, or holds things that are none, is
    ///   not wrong.
    static func fault(of frame: Data) -> String? {
        let encoding = MessageEncoding(of: frame)
        if let fault = frame.withUnsafeBytes(faultInPlace) { return "read in place: \(fault)" }
        if let request = try? MessageCodec.decode(WireRequest.self, from: frame, encoding) {
            read(request)
            if let fault = fault(of: request, encoding) { return "as a request: \(fault)" }
        }
        if let reply = try? MessageCodec.decode(WireReply.self, from: frame, encoding) {
            read(reply)
            if let fault = fault(of: reply, encoding) { return "as a reply: \(fault)" }
        }
        return nil
    }

    /// What is read of a step without the library is what the library reads.
    private static func faultInPlace(_ bytes: UnsafeRawBufferPointer) -> String? {
        let frame = Data(bytes)
        if let step = StepRequestFrame(bytes) {
            // A session's name that is no text is refused by the library, and no session's name here.
            guard let whole = try? MessageCodec.decode(WireRequest.self, from: frame, .binary) else {
                return String(validating: step.session, as: UTF8.self) == nil
                    ? nil : "a request that the library refuses"
            }
            guard step.requestID == whole.requestID, step.session.elementsEqual(whole.sessionID.utf8),
                step.action.message == whole.step.action
            else { return "another request" }
        }
        if let step = StepReplyFrame(bytes),
            let whole = try? MessageCodec.decode(WireReply.self, from: frame, .binary)
        {
            guard step.requestID == whole.requestID, step.session.elementsEqual(whole.sessionID.utf8),
                step.observation.message == whole.step.observation.array,
                step.reward.bitPattern == whole.step.reward.bitPattern, step.terminated == whole.step.terminated,
                step.truncated == whole.step.truncated,
                step.terminations.elementsEqual(whole.step.terminations.map { $0 ? 1 : 0 }),
                step.truncations.elementsEqual(whole.step.truncations.map { $0 ? 1 : 0 })
            else { return "another reply" }
        }
        return nil
    }

    /// A message that was read can be written, and is the same when it is read again.
    private static func fault<Message: SwiftProtobuf.Message & Equatable>(
        of message: Message, _ encoding: MessageEncoding
    ) -> String? {
        do {
            let bytes = try MessageCodec.encode(message, encoding)
            // Of nothing but unknown JSON fields nothing is left; binary ones are kept.
            guard !bytes.isEmpty else { return nil }
            let again = try MessageCodec.decode(Message.self, from: bytes, encoding)
            // NaN is not itself, but is the same bytes.
            return try MessageCodec.encode(again, encoding) == bytes ? nil : "it is another when it is read again"
        } catch {
            return "it cannot be written and read again: \(error)"
        }
    }

    private static func read(_ request: WireRequest) {
        switch request.kind {
        case .make(let make):
            _ = try? WireEntry.entries(make.kwargs)
            _ = make.autoresetMode.mode
        case .reset(let reset):
            for seed in reset.seeds { _ = (try? seed.seed())?.description }
            _ = try? WireEntry.entries(reset.options)
        case .step(let step):
            guard let value = try? step.action.value() else { return }
            for space in spaces {
                guard let element = try? space.element(from: value) else { continue }
                _ = WireValue(element).readable
            }
        default: break
        }
    }

    private static func read(_ reply: WireReply) {
        switch reply.kind {
        case .make(let made):
            for space in [made.singleObservationSpace, made.singleActionSpace] {
                guard let space = try? space.space() else { continue }
                _ = space.arrayForm?.byteCount
                _ = WireSpace(space)
            }
            _ = try? WireEntry.entries(made.kwargs)
        case .reset(let reset):
            _ = try? reset.observation.value()
            for entry in reset.info.entries { _ = try? entry.value.value() }
        case .step(let step):
            _ = try? step.observation.value()
            for entry in step.info.entries { _ = try? entry.value.value() }
        case .render(let render):
            for frame in render.frames { _ = try? frame.array() }
        default: break
        }
    }

    private static let spaces: [Space] = [
        .discrete(.init(n: 5, start: -2)), .box(.init(shape: [2], low: [-1], high: [1])),
        .multiDiscrete(.init(shape: [2], nvec: [3, 4], start: [0, 0])), .multiBinary(shape: [3]),
        .text(.init(minLength: 0, maxLength: 4, charset: "abc")),
        .dict([.init("a", .discrete(.init(n: 2))), .init("b", .tuple([.multiBinary(shape: [1])]))]),
    ]
}
