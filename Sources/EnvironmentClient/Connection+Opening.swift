import EnvironmentProtocol
import Foundation
import Gymnasium
import Numbers
import SwiftProtobuf

/// The requests before there is a session.
extension Connection {
    /// Greets the server and makes a session: a vector, or one environment where that will do and there are no vectors.
    ///
    /// - Throws: ``ClientError``.
    func open(_ configuration: ClientConfiguration, _ make: RemoteMake) throws(ClientError) -> WireMake.Reply {
        let patience = configuration.patienceSeconds
        let greeting = try ask(.hello(configuration.greeting), within: patience)
        guard case .hello(let hello) = greeting else {
            throw .mismatch("the server at \(endpoint) answered hello by something else")
        }
        guard hello.protocol.major == 1 else {
            throw .mismatch(
                "the server at \(endpoint) wants version \(hello.protocol.major) of the protocol, and this client "
                    + "speaks version 1; upgrade the client")
        }
        // Within a process nothing limits messages, whatever the server says.
        let isLimited = hello.limits.maxMessageBytes > 0 && !endpoint.hasPrefix("inproc://")
        limit = isLimited ? hello.limits.maxMessageBytes : nil
        let hasVectors = hello.capabilities.contains("vector")
        guard hasVectors || make.count == 1 else {
            throw .unsupported(
                "the server at \(endpoint) has no vectors, and \(make.count) environments are asked for; ask for one")
        }
        // An environment may have to be deployed first.
        let seconds = patience + 30
        guard hasVectors else { return try made(make.request(isVector: false), within: seconds) }
        do {
            return try made(make.request(isVector: true), within: seconds)
        } catch {
            guard make.count == 1, case .refused(let refusal) = error, refusal.reason == .capabilityMissing else {
                throw error
            }
            return try made(make.request(isVector: false), within: seconds)
        }
    }

    private func made(_ request: WireMake.Request, within seconds: Double) throws(ClientError) -> WireMake.Reply {
        guard case .make(let made) = try ask(.make(request), within: seconds), !made.sessionID.isEmpty else {
            throw .mismatch("the server at \(endpoint) answered make without a session")
        }
        return made
    }

    /// One request with a nonce, which has no session yet.
    private func ask(_ kind: WireRequest.OneOf_Kind, within seconds: Double) throws(ClientError) -> WireReply
        .OneOf_Kind?
    {
        let name = RequestName(kind)
        var request = WireRequest()
        request.kind = kind
        request.deadlineMs = UInt32(clamping: Int(clamping: min(seconds * 1_000, 1e9)))
        var generator = SystemRandomNumberGenerator()
        request.nonce = Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let payload = try encoded(request)
        try check(payload, named: name)
        let reply = try ask(
            payload, named: name, until: .now + Duration(clampingSeconds: seconds),
            attempt: retry ?? max(0.2, seconds / 5)
        ) { reply in
            // A reply to an earlier hello is none to this make.
            guard let answer = reply.kind else { return false }
            if case .error = answer { return true }
            return name.isAnswered(by: answer)
        }
        if case .error(let error) = reply.kind {
            let refusal = ClientError.Refusal(error)
            if refusal.reason == .protocolVersion { throw .mismatch("\(refusal)") }
            throw .refused(refusal)
        }
        return reply.kind
    }
}

extension ClientConfiguration {
    fileprivate var greeting: WireHello.Request {
        .with {
            $0.clientName = clientName
            $0.clientVersion = clientVersion
            $0.protocolMin = .with { $0.major = 1 }
            $0.protocolMax = .with { $0.major = 1 }
        }
    }
}

extension RemoteMake {
    fileprivate func request(isVector: Bool) -> WireMake.Request {
        .with {
            $0.id = id
            $0.kwargs = WireEntry.list(arguments)
            $0.renderMode = renderMode ?? ""
            $0.maxEpisodeSteps = UInt32(clamping: maxEpisodeSteps ?? 0)
            if let isRecorded { $0.record = isRecorded }
            guard isVector else { return }
            $0.numEnvs = UInt32(clamping: count)
            $0.autoresetMode = WireAutoresetMode(autoresetMode)
        }
    }
}
