import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

extension ValidationCase {
    /// Binary and JSON.
    static let encodings: [ValidationCase] = [
        ValidationCase("json/reply", "A reply has the encoding of its request.") { subject in
            let probe = try subject.probe()
            for encoding in [MessageEncoding.json, .binary, .json] {
                _ = try probe.ask(.greeting, encoding).greeted()
                try expectError(try probe.ask(.ping("nobody"), encoding), .notFound, .unknownSession)
            }
        },
        ValidationCase(
            "json/names", "Field names are written as in the schema (snake_case); lowerCamelCase is read too."
        ) { subject in
            let probe = try subject.probe()
            for name in ["list_envs", "listEnvs"] {
                let bytes = try probe.exchange(Data("{\"\(name)\": {}}".utf8))
                let text = String(decoding: bytes, as: UTF8.self)
                try expect(
                    text.contains("\"list_envs\"") && !text.contains("\"listEnvs\""),
                    got: String(text.prefix(60)), expected: "the field \"list_envs\"")
            }
        },
        ValidationCase("json/unknown-fields", "Unknown fields are ignored.") { subject in
            let bytes = try subject.probe().exchange(Data(#"{"hello": {"of_a_later_version": [1]}, "newer": {}}"#.utf8))
            _ = try Probe.reply(bytes, .json).greeted()
        },
        ValidationCase(
            "json/integers", "64-bit integers are written as strings and read as strings or numbers."
        ) { subject in
            let session = try subject.session()
            for (id, text) in [(1, "1"), (2, "\"2\"")] {
                let request = #"{"request_id": \#(text), "session_id": "\#(session.id)", "reset": {}}"#
                let bytes = try session.probe.exchange(Data(request.utf8), within: session.seconds)
                _ = try Probe.reply(bytes, .json).wasReset()
                let reply = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
                try expect(
                    reply.contains("\"request_id\":\"\(id)\""), got: String(reply.prefix(80)),
                    expected: "\"request_id\":\"\(id)\"")
            }
        },
        ValidationCase("json/arrays", "Arrays are written as `values`, seeds as `decimal`.") { subject in
            let session = try subject.session(.json)
            let reply = try session.reset(seed: 77)
            try expectEqual(reply.npRandomSeed.first?.decimal, "77", "the seed's decimal")
            guard case .array(let array) = reply.observation.kind else {
                throw NotApplicable("the observation is not an array")
            }
            try expect(array.data.isEmpty, got: "\(array.data.count) bytes of data", expected: "values")
        },
        ValidationCase(
            "json/equal-content", "A frame whose first byte is `{` is proto3 JSON; any other is binary protobuf."
        ) { subject in
            try subject.needDeterminism()
            let sessions = try [MessageEncoding.binary, .json].map { try subject.session($0) }
            let space = sessions[0].observationSpace
            let resets = try sessions.map { try $0.reset(seed: 5).observation.element(of: space) }
            try expectEqual(resets[1], resets[0], "after the same reset, the observation in JSON is")
            for k in 0..<3 {
                let steps = try sessions.map { try $0.step(k) }
                let observations = try steps.map { try $0.observation.element(of: space) }
                try expectEqual(observations[1], observations[0], "after step \(k), the observation in JSON is")
                try expectEqual(steps[1].reward, steps[0].reward, "after step \(k), the reward in JSON is")
                if steps[0].terminated || steps[0].truncated { return }
            }
        },
        ValidationCase(
            "json/bare-values", "Bare `values` take element type and shape from the space."
        ) { subject in
            let session = try subject.begun()
            let action = try session.actionSpace.elementArray(0)
            _ = try session.ask { $0.step.action.array.values = action.doubles }.stepped()
        },
    ]

    /// Frames that hold no request.
    static let malformed: [ValidationCase] = [
        ValidationCase(
            "malformed/answered",
            "An empty frame, one that does not parse, and one that holds no kind of request that the server knows is "
                + "answered `INVALID_ARGUMENT / MALFORMED_REQUEST`."
        ) { subject in
            let probe = try subject.probe()
            for frame in broken {
                let reply = try Probe.reply(try probe.exchange(frame), MessageEncoding(of: frame))
                try expectError(reply, .invalidArgument, .malformedRequest)
                _ = try probe.ask(.greeting).greeted()
            }
        },
        ValidationCase(
            "malformed/apart", "Frames that hold no request disturb no session."
        ) { subject in
            let session = try subject.begun()
            for probe in [try subject.probe(), session.probe] {
                for frame in broken {
                    _ = try probe.exchange(frame)
                    _ = try session.state()
                }
                _ = try session.step()
            }
        },
        ValidationCase(
            "malformed/depth",
            "Values are nested `limits.max_depth` deep at most; deeper ones may be answered `MALFORMED_REQUEST`."
        ) { subject in
            let session = try subject.begun()
            for depth in [Int(subject.hello.limits.maxDepth) + 1, 400] {
                var value = WireValue.with { $0.integer = 0 }
                for _ in 0..<depth {
                    let inner = value
                    value = .with { $0.tuple.items = [inner] }
                }
                let reply = try session.ask(session.request(0) { $0.step.action = value })
                try expectError(reply, .invalidArgument, .malformedRequest, .actionDtype, .actionShape)
            }
            _ = try session.step()
        },
    ]

    private static let broken: [Data] = [
        Data(), Data([0xff]), Data("{".utf8), Data("{}".utf8), Data(#"{"hello": 3}"#.utf8),
        Data("GET / HTTP/1.1\r\n\r\n".utf8),
        // A request id, and nothing to do.
        Data([0x08, 0x01]),
    ]
}
