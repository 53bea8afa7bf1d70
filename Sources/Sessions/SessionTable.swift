public import Foundation

/// The rules of sessions (protocol/v1/specification.md) as a value: what has happened goes in, what is to be done comes out.
///
/// It knows no sockets, environments or clocks, and of requests only kind, id and digest. Times are counted from whatever
/// moment its owner likes. The owner performs each ``Effect`` before it tells of the next event, hands sent answers to
/// ``keep(_:of:at:)``, and reports the ends of makes, calls and closes.
///
///     var table = SessionTable(maxSessions: 2_048, idleTimeout: .seconds(300))
///     let effect = table.make("8f3a…", nonce: nonce, digest: digest, from: address, at: now)
///     // .make(key, id): the owner makes an environment, and when it is there:
///     table.made(key, true, at: now)
///     // .answer(…): the owner sends the make's reply. Then the first request to the session comes:
///     table.request(SessionRequest(.reset, id: 1, digest: digest, from: address), of: "8f3a…", at: now)
///     // .call(key): the owner resets the environment, and tells by ended(…) what came of it.
public struct SessionTable: Sendable {
    private let maxSessions: Int
    private let idleTimeout: Duration
    /// By the slot of their keys; nil where there is none.
    private var sessions: [Session?] = []
    private var freeSlots: [Int] = []
    /// Of those that are made, by id.
    private var keys: [String: SessionKey] = [:]
    /// Whose step came last, and whose will most often be the next.
    private var lastStepped: (key: SessionKey, id: String)?
    private var nonces = Nonces()
    private var tombstones = Tombstones()

    /// - Parameters:
    ///   - maxSessions: more at a time are refused.
    ///   - idleTimeout: a session that is silent for so long is closed.
    public init(maxSessions: Int, idleTimeout: Duration) {
        self.maxSessions = maxSessions
        self.idleTimeout = idleTimeout
    }

    /// How many sessions there are, without those that are being made.
    public var count: Int { keys.count }

    /// How many there are with those that are being made.
    public var occupied: Int { sessions.count - freeSlots.count }

    // MARK: Requests

    /// A make has come.
    ///
    /// - Parameter id: of the session, should this make open one; never used before.
    public mutating func make(
        _ id: String, nonce: Data, digest: RequestDigest, from: ReplyAddress, at now: Duration
    ) -> Effect {
        func refuse(_ refusal: Refusal) -> Effect {
            .answer(Answer(content: .refused(refusal), to: from, requestID: 0, session: ""))
        }
        if nonce.count > 64 { return refuse(.longNonce(bytes: nonce.count)) }
        if let earlier = nonces[nonce] {
            guard earlier.digest == digest else { return refuse(.nonceReused) }
            if let reply = earlier.reply { return .resend(reply, to: from) }
            sessions[earlier.key.slot]?.moveAnswer(to: from, id: 0)
            return .nothing
        }
        if occupied >= maxSessions { return refuse(.full(sessions: maxSessions)) }
        let key = SessionKey(slot: freeSlots.popLast() ?? sessions.count)
        if key.slot == sessions.count { sessions.append(nil) }
        sessions[key.slot] = Session(key, id: id, nonce: nonce, for: from, leaseEnds: now + idleTimeout)
        nonces.begin(nonce, digest, key)
        return .make(key, id: id)
    }

    /// The key of a session whose step has come; nil where there is none.
    ///
    /// - Parameter name: its id in UTF-8.
    public mutating func key(ofStepped name: UnsafeRawBufferPointer) -> SessionKey? {
        if let lastStepped, lastStepped.id.holds(name) { return lastStepped.key }
        let id = String(decoding: name, as: UTF8.self)
        lastStepped = keys[id].map { ($0, id) }
        return lastStepped?.key
    }

    /// A request to a session has come.
    ///
    /// - Parameter session: the id that the request names.
    public mutating func request(
        _ request: SessionRequest, of session: String, at now: Duration
    ) -> Effect {
        if let key = keys[session] { return self.request(request, of: key, at: now) }
        guard request.kind == .close, let closed = tombstones.closed(session) else {
            return answer(request, session, .refused(absence(of: session)))
        }
        // A close that is sent again gets its reply; all else comes too late.
        if closed.requestID == request.id, let reply = closed.reply { return .resend(reply, to: request.from) }
        return answer(request, session, .closed(steps: closed.steps, episodes: closed.episodes))
    }

    /// A request to a session has come.
    public mutating func request(
        _ request: SessionRequest, of key: SessionKey, at now: Duration
    ) -> Effect {
        sessions[key.slot]?.request(request, leaseEnds: now + idleTimeout) ?? .nothing
    }

    /// A ping that names a session renews its lease.
    ///
    /// - Returns: the session's state in the specification's words.
    /// - Throws: what the ping is answered when there is no such session.
    public mutating func ping(_ session: String, at now: Duration) throws(Refusal) -> String {
        guard let slot = keys[session]?.slot, let state = sessions[slot]?.ping(leaseEnds: now + idleTimeout) else {
            throw absence(of: session)
        }
        return state
    }

    private func answer(_ request: SessionRequest, _ session: String, _ content: Answer.Content) -> Effect {
        .answer(Answer(content: content, to: request.from, requestID: request.id, session: session))
    }

    /// Why a session is not there.
    private func absence(of session: String) -> Refusal {
        if session.isEmpty { return .noSessionNamed }
        return keys[session] != nil || tombstones.contains(session) ? .sessionEnded : .unknownSession
    }

    // MARK: Ends

    /// A make has ended.
    ///
    /// - Parameter isMade: whether its environment is there.
    public mutating func made(_ key: SessionKey, _ isMade: Bool, at now: Duration) -> Effect {
        guard let session = sessions[key.slot] else { return .nothing }
        let effect = sessions[key.slot]?.made(isMade, leaseEnds: now + idleTimeout) ?? .nothing
        if isMade {
            keys[session.id] = key
            return effect
        }
        nonces.forget(session.nonce)
        return effect.then(forget(key))
    }

    /// A call has ended.
    ///
    /// - Parameter isWritten: its reply is where the session's steps write theirs.
    public mutating func ended(
        _ key: SessionKey, _ end: CallEnd, isWritten: Bool = false, at now: Duration
    ) -> Effect {
        sessions[key.slot]?.ended(end, isWritten: isWritten, leaseEnds: now + idleTimeout) ?? .nothing
    }

    /// A session's environment has been closed.
    public mutating func closed(_ key: SessionKey) -> Effect {
        guard let session = sessions[key.slot] else { return .nothing }
        keys[session.id] = nil
        guard case .closed(let id, let from) = session.ending else {
            tombstones.add(session.id, closed: nil)
            return forget(key)
        }
        tombstones.add(
            session.id,
            closed: Tombstones.Closed(requestID: id, steps: session.steps, episodes: session.episodes))
        let answer = Answer(
            content: .closed(steps: session.steps, episodes: session.episodes), to: from, requestID: id,
            session: session.id, keeper: .closed)
        return Effect.answer(answer).then(forget(key))
    }

    private mutating func forget(_ key: SessionKey) -> Effect {
        sessions[key.slot] = nil
        freeSlots.append(key.slot)
        if lastStepped?.key == key { lastStepped = nil }
        return .forget(key)
    }

    /// An answer has been sent, for those who ask again.
    public mutating func keep(_ reply: Data, of answer: Answer, at now: Duration) {
        switch answer.keeper {
        case .nobody: break
        case .session(let key): sessions[key.slot]?.keep(reply, to: answer.requestID)
        case .make(let nonce): nonces.keep(reply, to: nonce, at: now)
        case .closed: tombstones.keep(reply, of: answer.session)
        }
    }

    // MARK: Time, and the end

    /// Ends the sessions that were silent for too long, and forgets old makes.
    ///
    /// - Returns: an effect for each session that ends.
    public mutating func expire(at now: Duration) -> [Effect] {
        nonces.forgetOld(at: now)
        return endAll { $0.isSilent && $0.leaseEnds < now ? $0.end(.expired) : .nothing }
    }

    /// Ends all sessions. Who waits is told so now; the server refuses what comes later.
    public mutating func stop() -> [Effect] { endAll { $0.stop() } }

    private mutating func endAll(_ end: (inout Session) -> Effect) -> [Effect] {
        sessions.indices.compactMap { slot in
            guard var session = sessions[slot] else { return nil }
            let effect = end(&session)
            sessions[slot] = session
            return effect == .nothing ? nil : effect
        }
    }
}

extension String {
    /// Whether its UTF-8 is `bytes`.
    fileprivate func holds(_ bytes: UnsafeRawBufferPointer) -> Bool {
        utf8.withContiguousStorageIfAvailable { own in
            guard own.count == bytes.count, let first = own.baseAddress, let other = bytes.baseAddress else {
                return false
            }
            return memcmp(first, other, bytes.count) == 0
        } ?? false
    }
}
