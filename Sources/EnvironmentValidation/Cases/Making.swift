import EnvironmentProtocol
import Foundation
import SwiftProtobuf

extension ValidationCase {
    /// Sessions begin.
    static let making: [ValidationCase] = [
        ValidationCase(
            "make/reply", "`make` opens a session. The reply to a `make` has the id 0 and the new session."
        ) { subject in
            let probe = try subject.probe()
            var request = subject.make()
            request.requestID = 5
            let reply = try probe.ask(request, within: subject.makeSeconds)
            let session = try subject.adopt(reply, probe)
            try expectEqual(reply.requestID, 0, "the reply's request_id")
            try expectEqual(reply.sessionID, session.id, "the reply's session_id")
            try expectEqual(session.made.spec.id, subject.spec.id, "the spec's id")
            try expect(
                session.made.expectedStepS.isFinite && session.made.expectedStepS >= 0
                    && session.made.expectedResetS.isFinite && session.made.expectedResetS >= 0,
                got: "expected_step_s \(session.made.expectedStepS), expected_reset_s \(session.made.expectedResetS)",
                expected: "seconds")
            let named = Set(session.made.kwargs.map(\.key))
            let arguments = subject.spec.arguments.map(\.name).filter { !named.contains($0) }
            try expect(
                arguments.isEmpty, got: "no \(arguments.joined(separator: ", ")) among the reply's kwargs",
                expected: "all arguments after defaults were applied")
        },
        ValidationCase("make/session-ids", "The session id is 128 random bits as text.") { subject in
            let ids = try (0..<3).map { _ in try subject.session().id }
            try expect(Set(ids).count == 3, got: "the ids \(ids)", expected: "one each")
            // 22 characters of base64.
            try expect(ids.allSatisfy { $0.utf8.count >= 22 }, got: "the ids \(ids)", expected: "128 bits as text")
        },
        ValidationCase(
            "make/unknown",
            "No environment of that name is `NOT_FOUND / UNKNOWN_ENV_ID`; unknown arguments are refused."
        ) { subject in
            let probe = try subject.probe()
            try expectError(
                try probe.ask(subject.make { $0.id = "nobody/Nothing-v0" }, within: subject.makeSeconds), .notFound,
                .unknownEnvID)
            let name = "no_such_argument"
            let request = subject.make { make in
                make.kwargs.append(
                    .with {
                        $0.key = name
                        $0.value.integer = 1
                    })
            }
            let error = try expectError(
                try probe.ask(request, within: subject.makeSeconds), .invalidArgument, .badArgument)
            try expectEqual(error.field, name, "the field at fault")
        },
        ValidationCase(
            "make/nonce",
            "A `make` that carries the nonce of one that succeeded within the last minute is answered by the same "
                + "bytes."
        ) { subject in
            let probe = try subject.probe()
            var request = subject.make()
            request.nonce = nonce()
            let bytes = try MessageCodec.encode(request, .binary)
            let first = try probe.exchange(bytes, within: subject.makeSeconds)
            let session = try subject.adopt(try Probe.reply(first), probe)
            let again = try subject.probe().exchange(bytes, within: subject.makeSeconds)
            try expect(
                again == first, got: "other bytes: \((try Probe.reply(again)).summary)", expected: "the same bytes")
            // Whatever became of the session.
            _ = try session.ask { $0.close = .init() }.closed()
            let afterClose = try probe.exchange(bytes, within: subject.makeSeconds)
            try expect(afterClose == first, got: "other bytes after the session's close", expected: "the same bytes")
        },
        ValidationCase(
            "make/nonce-changed",
            "Either holds for a request with the same bytes only: with others it is "
                + "`INVALID_ARGUMENT / REQUEST_CHANGED`."
        ) { subject in
            let probe = try subject.probe()
            var request = subject.make()
            request.nonce = nonce()
            _ = try subject.adopt(try probe.ask(request, within: subject.makeSeconds), probe)
            request.deadlineMs = 12_345
            let reply = try probe.ask(request, within: subject.makeSeconds)
            try expectError(reply, .invalidArgument, .requestChanged)
        },
        ValidationCase(
            "make/nonce-long", "A nonce has 64 bytes at most; a longer one is a `BAD_ARGUMENT`."
        ) { subject in
            let probe = try subject.probe()
            var request = subject.make()
            request.nonce = Data(repeating: 7, count: 65)
            try expectError(try probe.ask(request, within: subject.makeSeconds), .invalidArgument, .badArgument)
            request.nonce = nonce() + nonce() + nonce() + nonce()
            _ = try subject.adopt(try probe.ask(request, within: subject.makeSeconds), probe)
        },
        ValidationCase(
            "make/refused", "A `make` that was refused is forgotten, and may be sent again as it is."
        ) { subject in
            let probe = try subject.probe()
            var request = subject.make { $0.id = "nobody/Nothing-v0" }
            request.nonce = nonce()
            for _ in 0..<2 { try expectError(try probe.ask(request), .notFound, .unknownEnvID) }
            // Forgotten: the nonce is free for another.
            request.make = subject.make().make
            _ = try subject.adopt(try probe.ask(request, within: subject.makeSeconds), probe)
        },
        ValidationCase("make/apart", "Sessions do not see each other.") { subject in
            try subject.needDeterminism()
            let (one, other) = (try subject.begun(seed: 3), try subject.begun(seed: 3))
            let first = try one.step(0)
            if first.terminated || first.truncated { throw NotApplicable("the episode ended at once") }
            _ = try one.step(1)
            let space = one.observationSpace
            try expectEqual(
                try other.step(0).observation.element(of: space), try first.observation.element(of: space),
                "after a step of another session, the first observation is")
            _ = try one.ask { $0.close = .init() }.closed()
            try expectEqual(try other.state().isEmpty, false, "after the close of another session, the state is empty:")
        },
    ]

    private static func nonce() -> Data {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
