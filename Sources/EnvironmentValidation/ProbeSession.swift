import EnvironmentProtocol
import Foundation
import Gymnasium
import Numbers
import SwiftProtobuf

/// A session of the server that is tried.
final class ProbeSession {
    let probe: Probe
    let made: WireMake.Reply
    let id: String
    let encoding: MessageEncoding
    let observationSpace: Space
    let actionSpace: Space
    /// The id of the last request.
    private(set) var requestID: UInt64 = 0
    private let patience: Double

    /// - Throws: a ``Shortfall`` for spaces that cannot be read.
    init(_ probe: Probe, _ made: WireMake.Reply, _ encoding: MessageEncoding, patience: Double) throws {
        self.probe = probe
        self.made = made
        self.encoding = encoding
        self.patience = patience
        id = made.sessionID
        do {
            observationSpace = try made.singleObservationSpace.space()
            actionSpace = try made.singleActionSpace.space()
        } catch {
            throw Shortfall(
                got: "a space that cannot be read: \(error)", expected: "an observation and an action space")
        }
    }

    /// Sub-environments; 1 for a single one.
    var count: Int { made.hasNumEnvs ? Int(made.numEnvs) : 1 }

    /// In which a call must be answered, in seconds.
    var seconds: Double {
        // A server may expect anything; longer than a day is nobody's patience.
        let expected = max(made.expectedStepS, made.expectedResetS)
        return max(patience, 3 * (expected.isFinite ? min(expected, 86_400) : 0) + patience / 2)
    }

    /// A request with the next id.
    func next(_ fill: (inout WireRequest) -> Void) -> WireRequest {
        requestID += 1
        return request(requestID, fill)
    }

    /// A request with any id.
    func request(_ number: UInt64, _ fill: (inout WireRequest) -> Void) -> WireRequest {
        var request = WireRequest()
        request.requestID = number
        request.sessionID = id
        fill(&request)
        return request
    }

    func ask(_ request: WireRequest) throws -> WireReply { try probe.ask(request, encoding, within: seconds) }

    /// The next request of the session, and its reply.
    func ask(_ fill: (inout WireRequest) -> Void) throws -> WireReply { try ask(next(fill)) }

    /// - Throws: a ``Shortfall`` when the reply is an error.
    func reset(seed: UInt32) throws -> WireReset.Reply {
        try ask { $0.reset.seeds = [.with { $0.words = [seed] }] }.wasReset()
    }

    /// Steps with the `k`th of the actions that are tried.
    ///
    /// - Throws: a ``Shortfall`` when the reply is an error.
    func step(_ k: Int = 0) throws -> WireStep.Reply {
        try ask(stepping(k)).stepped()
    }

    func state() throws -> String { try probe.ask(.ping(id), encoding).pinged().state }

    /// Makes a request a step with the `k`th action.
    func stepping(_ k: Int = 0) throws -> (inout WireRequest) -> Void {
        let action = try action(k)
        return { $0.step.action = action }
    }

    /// The `k`th action: of a single environment, or of each of a vector's.
    func action(_ k: Int) throws -> WireValue {
        guard made.hasNumEnvs else { return inForm(WireValue(try actionSpace.element(k))) }
        let rows = try (0..<count).map { try actionSpace.elementArray(k + $0) }
        let bytes = rows.flatMap(\.bytes)
        guard let first = rows.first,
            let array = NDArray(dtype: first.dtype, shape: [count] + first.shape, bytes: bytes)
        else { throw NotApplicable("the environment's actions are not arrays") }
        return inForm(WireValue(.array(array)))
    }

    private func inForm(_ value: WireValue) -> WireValue { encoding == .json ? value.readable : value }

    /// Closes, and does not mind when that fails.
    func abandon() {
        _ = try? probe.exchange((try? request(0) { $0.close = .init() }.serializedData()) ?? Data(), within: 2)
    }

    /// Steps until an episode is over.
    ///
    /// - Returns: the last step, and how many there were.
    /// - Throws: ``NotApplicable`` when that takes too long.
    func playToEnd() throws -> (reply: WireStep.Reply, steps: Int) {
        let end = try play { $0.terminated || $0.truncated ? true : nil }
        return (end.reply, end.steps)
    }

    /// Steps until `look` finds something.
    ///
    /// - Throws: ``NotApplicable`` when that takes too long.
    func play<Found>(
        until look: (WireStep.Reply) -> Found?
    ) throws -> (reply: WireStep.Reply, steps: Int, found: Found) {
        let end = ContinuousClock.now + Duration(clampingSeconds: 2 * seconds)
        var steps = 0
        while ContinuousClock.now < end {
            let reply = try step(steps)
            steps += 1
            if let found = look(reply) { return (reply, steps, found) }
        }
        throw NotApplicable("no episode ended within \(steps) steps")
    }
}

extension WireValue {
    /// - Throws: a ``Shortfall`` when it is no element of the space, in its very form.
    func element(of space: Space) throws -> Value {
        do {
            let value = try self.value(expecting: space)
            _ = try space.element(from: value)
            return value
        } catch {
            throw Shortfall(
                got: "an observation that is not in its space: \(error)", expected: "an element of \(space)")
        }
    }
}
