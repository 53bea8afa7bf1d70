import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf
import ZeroMQ

/// The server that is tried, and the environment it is tried with.
final class Subject {
    let hello: WireHello.Reply
    let spec: WireEnvSpec
    let patience: Double
    private let validation: Validation
    private let context: ZeroMQContext
    /// Those that a case has opened.
    private var sessions: [ProbeSession] = []
    private var isNondeterministic: Bool?

    /// - Throws: ``NothingToValidate`` when nobody answers, or there is no such environment.
    init(_ validation: Validation) throws(NothingToValidate) {
        self.validation = validation
        patience = validation.patienceSeconds
        let endpoint = validation.endpoint
        let envs: [WireEnvSpec]
        do {
            context = try validation.context ?? ZeroMQContext()
            let probe = try Probe(endpoint, context, keys: validation.keys, patience: patience)
            hello = try probe.ask(.greeting).greeted()
            envs = try probe.ask(.with { $0.listEnvs = .init() }).listEnvs.envs
        } catch let shortfall as Shortfall {
            throw NothingToValidate(
                description: "what answers at \(endpoint) sent \(shortfall.got), expected \(shortfall.expected)")
        } catch let silence as Silence {
            throw NothingToValidate(
                description:
                    "no answer from \(endpoint) within \(silence.seconds) s; \(validation.keys.adviceOnSilence)")
        } catch {
            throw NothingToValidate(description: "\(error)")
        }
        guard let first = envs.first else {
            throw NothingToValidate(description: "the server at \(endpoint) lists no environment to try it with")
        }
        guard let id = validation.environmentID else {
            spec = first
            return
        }
        guard let spec = envs.first(where: { $0.id == id }) else {
            let known = envs.map(\.id).joined(separator: ", ")
            throw NothingToValidate(description: "the server at \(endpoint) does not list \(id); it lists: \(known)")
        }
        self.spec = spec
    }

    func verdict(of validationCase: ValidationCase) -> Verdict {
        defer {
            for session in sessions { session.abandon() }
            sessions = []
        }
        do {
            try validationCase.check(self)
            return .pass
        } catch let shortfall as Shortfall {
            return .fail(got: shortfall.got, expected: shortfall.expected)
        } catch let reason as NotApplicable {
            return .skip(reason.why)
        } catch let silence as Silence {
            return .fail(got: "no reply within \(silence.seconds) s", expected: "a reply")
        } catch {
            return .fail(got: "\(error)", expected: "to be able to try it")
        }
    }

    /// Whether hello is answered still.
    func isAnswering() -> Bool { (try? probe().ask(.greeting)) != nil }

    func probe(_ kind: ZeroMQSocket.Kind = .dealer, envelope: [Data] = [Data()]) throws -> Probe {
        try Probe(
            validation.endpoint, context, keys: validation.keys, patience: patience, kind, envelope: envelope)
    }

    /// A make of the environment.
    func make(_ change: (inout WireMake.Request) -> Void = { _ in }) -> WireRequest {
        .with { request in
            request.make.id = spec.id
            request.make.kwargs = WireEntry.list(validation.arguments)
            change(&request.make)
        }
    }

    /// How long a make may take: something may have to be deployed first.
    var makeSeconds: Double { patience + 30 }

    /// A new session, closed after the case.
    func session(
        _ encoding: MessageEncoding = .binary, _ change: (inout WireMake.Request) -> Void = { _ in }
    ) throws -> ProbeSession {
        let probe = try probe()
        let made = try probe.ask(make(change), encoding, within: makeSeconds).made()
        let session = try ProbeSession(probe, made, encoding, patience: patience)
        sessions.append(session)
        return session
    }

    /// A session that has been reset.
    func begun(
        seed: UInt32 = 1, _ encoding: MessageEncoding = .binary, _ change: (inout WireMake.Request) -> Void = { _ in }
    ) throws -> ProbeSession {
        let session = try session(encoding, change)
        _ = try session.reset(seed: seed)
        return session
    }

    /// - Throws: ``NotApplicable`` for environments whose episodes equal seeds and actions do not decide.
    func needDeterminism() throws {
        // What is made may be deterministic where not all of its kind are: arguments choose.
        let decided = try isNondeterministic ?? session().made.spec.nondeterministic
        isNondeterministic = decided
        if decided { throw NotApplicable("\(spec.id) is nondeterministic") }
    }

    /// A session that the case has made itself.
    func adopt(_ reply: WireReply, _ probe: Probe) throws -> ProbeSession {
        let session = try ProbeSession(probe, try reply.made(), .binary, patience: patience)
        sessions.append(session)
        return session
    }
}

extension WireRequest {
    static var greeting: WireRequest {
        .with {
            $0.hello.clientName = "faasfarm-validate"
            $0.hello.protocolMin.major = 1
            $0.hello.protocolMax.major = 1
        }
    }

    static func ping(_ session: String = "") -> WireRequest {
        .with {
            $0.sessionID = session
            $0.ping = .init()
        }
    }
}
