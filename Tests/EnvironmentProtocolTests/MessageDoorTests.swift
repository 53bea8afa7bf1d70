import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("The door of messages")
struct MessageDoorTests {
    private func text(_ reply: WireReply) throws -> String {
        String(decoding: try MessageDoor.bytes(of: reply, .json), as: UTF8.self)
    }

    @Test("JSON has numbers where the binary form has bytes, and digits where it has words")
    func readable() throws {
        let reply = WireReply.with {
            $0.reset.observation = WireValue(.dict([.init("queue", .array(NDArray([Float(0.5), 2])))]))
            $0.reset.npRandomSeed = [WireSeed(Seed(7))]
            $0.reset.info.entries = [.with { $0.key = "mask" }]
        }
        let json = try text(reply)
        #expect(json.contains("\"values\":[0.5,2.0]") && !json.contains("\"data\""))
        #expect(json.contains("\"decimal\":\"7\"") && !json.contains("\"words\""))
        let binary = try MessageDoor.bytes(of: reply, .binary)
        #expect(try binary == reply.serializedData())
    }

    @Test("Parts that a reply has not do not appear")
    func absent() throws {
        let json = try text(.with { $0.step.reward = 1 })
        #expect(json == #"{"step":{"reward":1.0}}"#)
    }

    @Test("Every reply with arrays in it is made readable")
    func kinds() throws {
        let value = WireValue(.tuple([.array(NDArray([Int8(1), 0]))]))
        let array = WireArray(NDArray([Int8(1), 0]))
        var replies = Array(repeating: WireReply(), count: 6)
        replies[0].step = .with {
            $0.observation = value
            $0.finalObs = value
            $0.actionMask = value
            $0.info.entries = [.with { $0.value = value }]
            $0.finalInfo.entries = [.with { $0.value = value }]
        }
        replies[1].recv = replies[0].step
        replies[2].reset = .with {
            $0.observation = value
            $0.actionMask = value
            $0.info.entries = [.with { $0.value = value }]
        }
        replies[3].render.frames = [array]
        replies[4].make = .with {
            $0.kwargs = [.with { $0.value = value }]
            $0.spec.arguments = [.with { $0.defaultValue = value }]
        }
        replies[5].listEnvs.envs = [replies[4].make.spec]
        for reply in replies {
            let json = try text(reply)
            #expect(json.contains("values") && !json.contains("data"), "\(json)")
        }
    }

    @Test("A request is read in either form")
    func request() throws {
        for encoding in [MessageEncoding.binary, .json] {
            let request = WireRequest.with { $0.step.action = WireValue(.array(NDArray([Float(1)]))) }
            let frame = try MessageCodec.encode(request, encoding)
            #expect(MessageEncoding(of: frame) == encoding)
            #expect(try MessageDoor.request(frame, encoding) == request)
        }
    }
}
