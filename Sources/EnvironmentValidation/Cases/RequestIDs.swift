import EnvironmentProtocol
import Foundation
import SwiftProtobuf

extension ValidationCase {
    /// Each request is executed once.
    static let requestIDs: [ValidationCase] = [
        ValidationCase(
            "request-ids/same-twice",
            "The last id with the same bytes is answered by the stored reply, byte for byte, and executes nothing."
        ) { subject in
            let session = try subject.begun()
            for encoding in [MessageEncoding.binary, .json] {
                let bytes = try MessageCodec.encode(session.next(session.stepping()), encoding)
                let first = try session.probe.exchange(bytes, within: session.seconds)
                let step = try Probe.reply(first, encoding).stepped()
                // From another connection too.
                for probe in [session.probe, try subject.probe()] {
                    let again = try probe.exchange(bytes, within: session.seconds)
                    try expect(
                        again == first, got: "other bytes: \(try Probe.reply(again, encoding).summary)",
                        expected: "the same bytes")
                }
                if step.terminated || step.truncated { return }
            }
        },
        ValidationCase(
            "request-ids/executes-once", "The same id again steps nothing: the episode goes on as if it had come once."
        ) { subject in
            try subject.needDeterminism()
            let (one, other) = (try subject.begun(seed: 6), try subject.begun(seed: 6))
            let space = one.observationSpace
            for k in 0..<4 {
                let action = try one.action(k)
                let request = one.next { $0.step.action = action }
                let step = try one.ask(request).stepped()
                _ = try one.ask(request)
                let single = try other.step(k)
                try expectEqual(
                    try step.observation.element(of: space), try single.observation.element(of: space),
                    "at step \(k), a session whose requests came twice observes")
                if step.terminated || step.truncated { return }
            }
        },
        ValidationCase("request-ids/changed", "The last id with other bytes: `REQUEST_CHANGED`.") { subject in
            let session = try subject.begun()
            let reply = try session.ask(
                session.request(session.requestID) { $0.reset.seeds = [.with { $0.words = [9] }] })
            try expectError(reply, .invalidArgument, .requestChanged)
            _ = try session.step()
        },
        ValidationCase("request-ids/stale", "An older id: `STALE_REQUEST`.") { subject in
            let session = try subject.session()
            let first = session.next { $0.reset = .init() }
            _ = try session.ask(first).wasReset()
            _ = try session.step()
            try expectError(try session.ask(first), .invalidArgument, .staleRequest)
        },
        ValidationCase(
            "request-ids/gap", "A skipped id: `REQUEST_GAP`. None of these uses an id up."
        ) { subject in
            let session = try subject.begun()
            for skipped in [2, 1_000_000] as [UInt64] {
                let reply = try session.ask(session.request(session.requestID + skipped, session.stepping()))
                try expectError(reply, .invalidArgument, .requestGap)
            }
            _ = try session.step()
        },
        ValidationCase(
            "request-ids/refusals",
            "`RESET_NEEDED`, a refused action and `CAPABILITY_MISSING` use their id up: each can be asked for again."
        ) { subject in
            let session = try subject.session()
            let early = try MessageCodec.encode(session.next(session.stepping()), .binary)
            let first = try session.probe.exchange(early)
            try expectError(try Probe.reply(first), .failedPrecondition, .resetNeeded)
            let again = try session.probe.exchange(early)
            try expect(
                again == first, got: "other bytes: \(try Probe.reply(again).summary)", expected: "the same bytes")
            _ = try session.reset(seed: 1)
        },
        ValidationCase("request-ids/zero", "Id 0 is executed and not protected.") { subject in
            let session = try subject.begun()
            let reset = session.request(0) { $0.reset.seeds = [.with { $0.words = [3] }] }
            for _ in 0..<2 {
                let reply = try session.ask(reset)
                _ = try reply.wasReset()
                try expectEqual(reply.requestID, 0, "the reply's request_id")
            }
            _ = try session.step()
        },
    ]

    /// Requests that come while another runs.
    static let running: [ValidationCase] = [
        ValidationCase(
            "busy/refused", "In the state busy, all is `SESSION_BUSY`, which is retryable and uses no id up."
        ) { subject in
            let session = try subject.begun()
            // Without ids, so that those which do not meet a running one are executed.
            let requests = try (0..<64).map { _ in
                try MessageCodec.encode(session.request(0, session.stepping()), .binary)
            }
            let isSlow = session.made.expectedStepS > 0.05 && session.made.spec.nondeterministic
            let sent = isSlow ? Array(requests.prefix(2)) : requests
            for bytes in sent { session.probe.send(bytes) }
            var busy = 0
            for _ in sent {
                let reply = try Probe.reply(try session.probe.receive(within: session.seconds))
                guard case .error(let error) = reply.kind, error.reason != .resetNeeded else { continue }
                try expectError(reply, .failedPrecondition, .sessionBusy)
                try expect(error.retryable, got: "SESSION_BUSY that is not retryable", expected: "retryable")
                busy += 1
            }
            _ = try session.reset(seed: 2)
            if busy == 0 { throw NotApplicable("the environment was too quick to be met while it runs") }
        },
        ValidationCase(
            "busy/newest-sender",
            "While the request is still running, its reply goes to the newest sender."
        ) { subject in
            let session = try subject.begun()
            let bytes = try MessageCodec.encode(session.next(session.stepping()), .binary)
            // Two senders behind one connection, so that it is known which of them is the newer.
            let (older, newer) = ([Data([1]), Data()], [Data([2]), Data()])
            for envelope in [older, newer] { session.probe.send(bytes, in: envelope) }
            var got: [[Data]: Data] = [:]
            while got[newer] == nil {
                guard let frames = session.probe.receiveFrames(within: session.seconds), let reply = frames.last else {
                    throw Shortfall(
                        got: got.isEmpty ? "no reply" : "a reply to the older sender only",
                        expected: "one to the newer sender")
                }
                got[Array(frames.dropLast())] = reply
                _ = try Probe.reply(reply).stepped()
            }
            // The older one is answered too where the request had ended before it was sent again.
            try expect(
                got[older] == nil || got[older] == got[newer], got: "two different replies to one request",
                expected: "the same bytes")
        },
        ValidationCase(
            "busy/close",
            "A `close` ends a request under way. That is answered `NOT_FOUND / SESSION_EXPIRED` when it was cut short, "
                + "ordinarily when it was complete; then the `close` is answered."
        ) { subject in
            let session = try subject.begun()
            let requests = try [session.next(session.stepping()), session.next { $0.close = .init() }]
            for request in requests { session.probe.send(try MessageCodec.encode(request, .binary)) }
            let step = try Probe.reply(try session.probe.receive(within: session.seconds))
            try expectEqual(step.requestID, requests[0].requestID, "the first reply's request_id")
            if case .error = step.kind {
                try expectError(step, .notFound, .sessionExpired)
            } else {
                _ = try step.stepped()
            }
            let close = try Probe.reply(try session.probe.receive(within: session.seconds))
            try expectEqual(close.requestID, requests[1].requestID, "the second reply's request_id")
            _ = try close.closed()
        },
    ]
}
