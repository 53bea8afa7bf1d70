import EnvironmentProtocol
import EnvironmentValidation
import Foundation
import SwiftProtobuf
import Synchronization
import Testing

@Suite("Faults of servers")
struct FaultTests {
    /// A fault, and the case that is to notice it.
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let noticed: String
        let fault: Fault

        init(_ description: String, _ noticed: String, _ fault: Fault) {
            testDescription = description
            self.noticed = noticed
            self.fault = fault
        }
    }

    @Test("are noticed by the case of the rule they break", arguments: examples)
    func noticed(example: Example) async throws {
        let subject = example.noticed.prefix { $0 != "/" }
        let report = try await Validated(fault: example.fault).report { $0.hasPrefix(subject) }
        let failed = report.results.filter { $0.verdict.word == "FAIL" }.map(\.name)
        #expect(failed.contains(example.noticed))
    }

    @Test("that are none are not noticed: the line itself is honest")
    func honest() async throws {
        let report = try await Validated(fault: Fault()).report()
        #expect(report.results.filter { $0.verdict.word == "FAIL" }.map(\.text) == [])
    }

    @Test("A server that stops answering fails one case, and the others are skipped")
    func gone() async throws {
        let count = Counter()
        let fault = Fault(request: { bytes, _ in count.next() > 6 ? nil : bytes })
        let report = try await Validated(fault: fault).report()
        #expect(report.results.filter { $0.verdict.word == "FAIL" }.count == 1)
        #expect(report.results.last?.verdict == .skip("the server does not answer any more"))
    }

    static let examples: [Example] = [
        Example(
            "it takes any version", "hello/versions",
            .requests { if case .hello = $0.kind { $0.hello = .init() } }),
        Example("it has no limits", "hello/reply", .replies { if case .hello = $0.kind { $0.hello.clearLimits() } }),
        Example(
            "it lists an environment twice", "list/environments",
            .replies { reply in
                if case .listEnvs = reply.kind { reply.listEnvs.envs += reply.listEnvs.envs }
            }),
        Example(
            "it answers JSON in binary", "json/reply", .init(reply: { _, reply, _ in try? reply.serializedData() })),
        Example(
            "its JSON has lowerCamelCase names", "json/names",
            .init(reply: { bytes, reply, encoding in
                encoding == .json ? Data((try? reply.jsonString())?.utf8 ?? "".utf8) : bytes
            })),
        Example(
            "it drops what it cannot read", "malformed/answered",
            .init(request: { bytes, request in
                request?.kind == nil ? nil : bytes
            })),
        Example("it forgets sessions over garbage", "malformed/apart", .forgetsOverGarbage()),
        Example("it forgets nonces", "make/nonce", .requests { $0.nonce = Data() }),
        Example(
            "its make replies have the request's id", "make/reply",
            .replies { reply in
                if case .make = reply.kind { reply.requestID = 5 }
            }),
        Example(
            "it gives unknown errors", "make/unknown",
            .replies { reply in
                if case .error = reply.kind { reply.error.reason = .unspecified }
            }),
        Example(
            "its errors have no message", "states/made",
            .replies { reply in
                if case .error = reply.kind { reply.error.message = "" }
            }),
        Example(
            "it tells the state ready after an episode's end", "states/done",
            .replies { reply in
                if case .ping = reply.kind, reply.ping.state == "done" { reply.ping.state = "ready" }
            }),
        Example("it ignores request ids", "request-ids/same-twice", .requests { $0.requestID = 0 }),
        Example("it steps twice when asked twice", "request-ids/executes-once", .requests { $0.requestID = 0 }),
        Example("it lets ids be skipped", "request-ids/gap", .requests { $0.requestID = 0 }),
        Example("it executes old requests", "request-ids/stale", .requests { $0.requestID = 0 }),
        Example("it takes other bytes for the same id", "request-ids/changed", .requests { $0.requestID = 0 }),
        Example(
            "it ignores the client's seeds", "episodes/same-seed",
            .requests { request in
                if case .reset = request.kind { request.reset.seeds = [] }
            }),
        Example(
            "it tells another seed than the one in force", "seeds/in-force",
            .replies { reply in
                if case .reset = reply.kind { reply.reset.npRandomSeed = [.with { $0.words = [1] }] }
            }),
        Example(
            "it tells no seed", "seeds/drawn",
            .replies { reply in
                if case .reset = reply.kind { reply.reset.npRandomSeed = [] }
            }),
        Example(
            "its observations have another element type", "episodes/spaces",
            .replies { reply in
                if case .step = reply.kind { reply.step.observation.array.dtype = .int64 }
            }),
        Example(
            "its rewards may be no numbers", "episodes/spaces",
            .replies { reply in
                if case .step = reply.kind { reply.step.reward = .nan }
            }),
        Example(
            "it rounds observations in JSON", "json/equal-content",
            .init(reply: { bytes, reply, encoding in
                guard encoding == .json, case .reset = reply.kind else { return bytes }
                var changed = reply
                changed.reset.observation.array.values = reply.reset.observation.array.values.map { $0 + 1 }
                return try? MessageCodec.encode(changed, .json)
            })),
        Example(
            "it has no time limit", "episodes/time-limit",
            .requests { request in
                if case .make = request.kind { request.make.maxEpisodeSteps = 0 }
            }),
        Example(
            "it guesses what actions mean", "actions/type",
            .requests { request in
                if case .step = request.kind, case .number(let number) = request.step.action.kind {
                    request.step.action.integer = Int64(number)
                }
            }),
        Example(
            "it cuts actions to the space", "actions/outside",
            .requests { request in
                if case .step = request.kind, case .integer(let action) = request.step.action.kind {
                    request.step.action.integer = min(max(action, 1), 4)
                }
            }),
        Example("a second close is an error", "close/twice", .closesOnce()),
        Example(
            "it does not count episodes", "close/reply",
            .replies { reply in
                if case .close = reply.kind { reply.close.episodes = 0 }
            }),
        Example(
            "its sub-environments all have one seed", "vectors/seeds",
            .requests { request in
                guard case .reset = request.kind, request.reset.seeds.count == 1 else { return }
                request.reset.seeds = Array(repeating: request.reset.seeds[0], count: 3)
            }),
        Example(
            "its autoreset mode is its own", "autoreset/same-step",
            .requests { request in
                if case .make = request.kind { request.make.autoresetMode = .nextStep }
            }),
        Example(
            "it loses last observations", "autoreset/same-step",
            .replies { reply in
                if case .step = reply.kind, reply.step.hasFinalObs { reply.step.finalObs = reply.step.observation }
            }),
        Example(
            "its replies are to other requests", "replies/ids",
            .replies { reply in
                if reply.requestID > 0 { reply.requestID += 1 }
            }),
    ]
}

/// Counts calls, on any thread.
private final class Counter: Sendable {
    private let count = Atomic(0)

    var now: Int { count.load(ordering: .relaxed) }

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

extension Fault {
    /// Says that it does not know sessions that were closed before.
    fileprivate static func closesOnce() -> Self {
        let closed = ClosedSessions()
        return .replies { reply in
            guard case .close = reply.kind else { return }
            if !closed.insert(reply.sessionID) {
                reply.error = WireError(.notFound, .unknownSession, "no such session")
            }
        }
    }
}

extension Fault {
    /// Knows no session any more once it has met a frame that is no request.
    fileprivate static func forgetsOverGarbage() -> Self {
        let garbage = Counter()
        return Self(
            request: { bytes, request in
                if request == nil { _ = garbage.next() }
                return bytes
            },
            reply: { bytes, reply, encoding in
                guard garbage.now > 0, !reply.sessionID.isEmpty else { return bytes }
                var changed = reply
                changed.error = WireError(.notFound, .unknownSession, "no such session")
                return try? MessageCodec.encode(changed, encoding)
            })
    }
}

private final class ClosedSessions: Sendable {
    private let ids = Mutex<Set<String>>([])

    /// - Returns: whether it is the first time.
    func insert(_ id: String) -> Bool { ids.withLock { $0.insert(id).inserted } }
}
