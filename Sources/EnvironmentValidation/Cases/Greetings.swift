import EnvironmentProtocol
import Foundation
import SwiftProtobuf
import ZeroMQ

extension ValidationCase {
    /// Envelopes: what a ROUTER socket owes its peers.
    static let envelopes: [ValidationCase] = [
        ValidationCase(
            "transport/req", "A client uses REQ, or DEALER with an empty delimiter frame."
        ) { subject in
            let probe = try subject.probe(.request, envelope: [])
            for _ in 0..<2 { _ = try probe.ask(.greeting).greeted() }
        },
        ValidationCase(
            "transport/envelope",
            "The last frame of a message is the request; the server sends all frames before it back in front of "
                + "its reply."
        ) { subject in
            let frames = [Data("a proxy".utf8), Data([0, 255]), Data()]
            for envelope in [frames, []] {
                _ = try subject.probe(envelope: envelope).ask(.greeting).greeted()
            }
        },
        ValidationCase(
            "transport/too-many-frames", "It may drop a message with more than 16 of them."
        ) { subject in
            let probe = try subject.probe(envelope: Array(repeating: Data([1]), count: 40))
            probe.send(try MessageCodec.encode(WireRequest.greeting, .binary))
            // Dropped or answered, it does no harm.
            _ = try subject.probe().ask(.greeting).greeted()
        },
        ValidationCase(
            "transport/too-large",
            "A peer that sends a frame of more than `limits.max_message_bytes` is disconnected without a reply."
        ) { subject in
            let limit = subject.hello.limits.maxMessageBytes
            guard limit > 0, limit <= 64 << 20 else {
                throw NotApplicable("frames of \(limit) bytes are not sent here")
            }
            let probe = try subject.probe()
            probe.send(Data(repeating: 0x0a, count: Int(limit) + 1))
            let reply = try probe.receiveIfAny(within: 0.5)
            try expect(reply == nil, got: "a reply of \(reply?.count ?? 0) bytes", expected: "none")
            _ = try subject.probe().ask(.greeting).greeted()
        },
    ]

    /// Requests without a session.
    static let greetings: [ValidationCase] = [
        ValidationCase("hello/reply", "hello carries protocol version, instance and limits.") { subject in
            let hello = try subject.probe().ask(.greeting).greeted()
            try expectEqual(hello.protocol.major, 1, "the major version")
            try expect(!hello.serverName.isEmpty, got: "an empty server_name", expected: "a name")
            try expect(!hello.instanceID.isEmpty, got: "an empty instance_id", expected: "an id of this start")
            try expect(
                hello.limits.maxMessageBytes > 0 && hello.limits.maxDepth > 0 && hello.limits.idleTimeoutS > 0,
                got: "limits of 0", expected: "max_message_bytes, max_depth and idle_timeout_s")
            let again = try subject.probe().ask(.greeting).greeted()
            try expectEqual(again.instanceID, hello.instanceID, "the instance_id of another connection")
        },
        ValidationCase(
            "hello/versions",
            "A range of versions without 1 is refused with `FAILED_PRECONDITION / PROTOCOL_VERSION`."
        ) { subject in
            let probe = try subject.probe()
            for (range, isRefused) in [(1...1, false), (1...7, false), (2...3, true)] as [(ClosedRange<UInt32>, Bool)] {
                var request = WireRequest.greeting
                request.hello.protocolMin.major = range.lowerBound
                request.hello.protocolMax.major = range.upperBound
                let reply = try probe.ask(request)
                if isRefused {
                    try expectError(reply, .failedPrecondition, .protocolVersion)
                } else {
                    try expectEqual(try reply.greeted().protocol.major, 1, "for versions \(range), the version")
                }
            }
        },
        ValidationCase("list/environments", "list_envs describes the environments, each once.") { subject in
            let envs = try subject.probe().ask(.with { $0.listEnvs = .init() }).listEnvs.envs
            let ids = envs.map(\.id)
            try expect(!ids.contains(""), got: "an environment without an id", expected: "an id each")
            try expect(Set(ids).count == ids.count, got: "the ids \(ids)", expected: "each once")
            try expect(ids.contains(subject.spec.id), got: "the ids \(ids)", expected: "\(subject.spec.id) still")
        },
        ValidationCase(
            "ping/states", "A `ping` that names a session tells its state; without one the state is empty."
        ) { subject in
            try expectEqual(try subject.probe().ask(.ping()).pinged().state, "", "the state without a session")
            let session = try subject.session()
            try expectEqual(try session.state(), "made", "after make, the state")
            _ = try session.reset(seed: 1)
            try expectEqual(try session.state(), "ready", "after reset, the state")
        },
        ValidationCase(
            "ping/order",
            "`hello`, `list_envs` and `ping` are answered at once and have no part in the order of ids."
        ) { subject in
            let session = try subject.session()
            var ping = WireRequest.ping(session.id)
            ping.requestID = 99
            try expectEqual(try session.ask(ping).requestID, 99, "the ping's request_id")
            _ = try session.reset(seed: 1)
        },
        ValidationCase(
            "ping/unknown", "A `ping` that names a session is refused as in Leases when there is no such session."
        ) { subject in
            try expectError(try subject.probe().ask(.ping("no such session")), .notFound, .unknownSession)
        },
        ValidationCase(
            "replies/ids",
            "A reply says the `request_id` and the `session_id` of its request, as far as that could be read."
        ) { subject in
            let session = try subject.session()
            var last: UInt64 = 0
            for request in [
                session.next { $0.reset = .init() }, session.next { $0.reset = .init() }, .ping(session.id),
            ] {
                let reply = try session.ask(request)
                try expectEqual(reply.requestID, request.requestID, "the reply's request_id")
                try expectEqual(reply.sessionID, request.sessionID, "the reply's session_id")
                try expect(
                    reply.serverTimeNs >= last, got: "server_time_ns \(reply.serverTimeNs) after \(last)",
                    expected: "a clock that is monotonic")
                last = reply.serverTimeNs
            }
        },
    ]
}
