import EnvironmentProtocol
import Foundation
import Randomness
import SwiftProtobuf

extension ValidationCase {
    /// Sessions end.
    static let endings: [ValidationCase] = [
        ValidationCase("close/reply", "`close` ends the session and tells its steps and episodes.") { subject in
            let session = try subject.begun()
            _ = try session.step()
            _ = try session.reset(seed: 2)
            let closed = try session.ask { $0.close = .init() }.closed()
            try expectEqual(closed.steps, 1, "the steps")
            try expectEqual(closed.episodes, 2, "the episodes")
        },
        ValidationCase(
            "close/twice",
            "A `close` of a session that a `close` has ended is answered as that was, by the stored reply when it has "
                + "the same id."
        ) { subject in
            let session = try subject.begun()
            let bytes = try MessageCodec.encode(session.next { $0.close = .init() }, .binary)
            let first = try session.probe.exchange(bytes, within: session.seconds)
            let closed = try Probe.reply(first).closed()
            for probe in [session.probe, try subject.probe()] {
                let again = try probe.exchange(bytes)
                try expect(
                    again == first, got: "other bytes: \(try Probe.reply(again).summary)", expected: "the same bytes")
            }
            try expectEqual(
                try session.ask { $0.close = .init() }.closed(), closed, "to a close with another id, the reply is")
        },
        ValidationCase(
            "close/afterwards",
            "Requests to an ended session are answered `NOT_FOUND / SESSION_EXPIRED`."
        ) { subject in
            let session = try subject.begun()
            _ = try session.ask { $0.close = .init() }.closed()
            for request in [
                try session.next(session.stepping()), session.next { $0.reset = .init() }, .ping(session.id),
            ] {
                try expectError(try session.ask(request), .notFound, .sessionExpired)
            }
        },
        ValidationCase(
            "close/unknown",
            "Requests to a session that the server never had are answered `NOT_FOUND / UNKNOWN_SESSION`."
        ) { subject in
            let probe = try subject.probe()
            for id in ["0123456789abcdef0123456789abcdef", ""] {
                for request in [
                    WireRequest.with { $0.reset = .init() }, .with { $0.step = .init() }, .with { $0.close = .init() },
                ] {
                    var request = request
                    request.sessionID = id
                    request.requestID = 1
                    try expectError(try probe.ask(request), .notFound, .unknownSession)
                }
            }
        },
    ]

    /// Seeds.
    static let seeding: [ValidationCase] = [
        ValidationCase("seeds/in-force", "`np_random_seed` tells the seed in force.") { subject in
            let session = try subject.session()
            for words in [[0], [7], [1, 2, 3, 4, 5]] as [[UInt32]] {
                let reply = try session.ask { $0.reset.seeds = [.with { $0.words = words }] }.wasReset()
                let inForce = try reply.npRandomSeed.first?.seed()
                try expectEqual(inForce?.words, words, "the words of the seed in force")
            }
        },
        ValidationCase("seeds/drawn", "Without a seed the server draws one; it gives the same episode again.") {
            subject in
            let session = try subject.session()
            let drawn = try session.ask { $0.reset = .init() }.wasReset()
            guard let seed = drawn.npRandomSeed.first, try seed.seed() != nil else {
                throw Shortfall(got: "no np_random_seed", expected: "the seed in force")
            }
            try subject.needDeterminism()
            let again = try session.ask { $0.reset.seeds = [seed] }.wasReset()
            let space = session.observationSpace
            try expectEqual(
                try again.observation.element(of: space), try drawn.observation.element(of: space),
                "with the seed that was drawn, the first observation is")
        },
        ValidationCase(
            "seeds/precedence", "`none` wins over `decimal`, `decimal` over `words`."
        ) { subject in
            let session = try subject.session()
            let both = try session.ask {
                $0.reset.seeds = [.with { ($0.words, $0.decimal) = ([3], "18446744073709551617") }]
            }
            try expectEqual(
                try both.wasReset().npRandomSeed.first?.seed()?.description, "18446744073709551617", "the seed in force"
            )
            let none = try session.ask { $0.reset.seeds = [.with { ($0.none, $0.decimal) = (true, "4") }] }.wasReset()
            try expect(!none.npRandomSeed.isEmpty, got: "no np_random_seed", expected: "the seed that was drawn")
        },
        ValidationCase(
            "seeds/refused",
            "A seed is a non-negative integer, of 128 words or 1000 decimal digits at most; what is none is a "
                + "`BAD_ARGUMENT`. A single environment takes one seed at most."
        ) { subject in
            let session = try subject.session()
            let wrong: [[WireSeed]] = [
                [.with { $0.decimal = "1.5" }], [.with { $0.decimal = "seven" }],
                [.with { $0.words = Array(repeating: 1, count: 129) }],
                [.with { $0.decimal = String(repeating: "9", count: 1_001) }],
                [.with { $0.words = [1] }, .with { $0.words = [2] }],
                [.init()],
            ]
            for seeds in wrong {
                try expectError(try session.ask { $0.reset.seeds = seeds }, .invalidArgument, .badArgument)
            }
            let right: [WireSeed] = [
                .with { $0.decimal = String(repeating: "9", count: 1_000) },
                .with { $0.words = Array(repeating: 1, count: 128) },
            ]
            for seed in right { _ = try session.ask { $0.reset.seeds = [seed] }.wasReset() }
        },
    ]

    /// Silent sessions.
    static let leases: [ValidationCase] = [
        ValidationCase(
            "leases/expiry",
            "A session that is silent for `limits.idle_timeout_s` is closed; every request renews its lease."
        ) { subject in
            let idle = subject.hello.limits.idleTimeoutS
            guard idle <= 5 else {
                throw NotApplicable("nobody waits for \(idle) s; serve with a shorter idle timeout")
            }
            let session = try subject.begun()
            for _ in 0..<4 {
                Thread.sleep(forTimeInterval: idle / 3)
                try expectEqual(try session.state(), "ready", "of a session that is not silent, the state")
            }
            // A server may look for silent sessions now and then.
            Thread.sleep(forTimeInterval: 2 * idle + 2)
            try expectError(try session.probe.ask(.ping(session.id)), .notFound, .sessionExpired, .unknownSession)
        }
    ]
}
