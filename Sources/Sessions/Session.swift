import Foundation

/// Where a session is in its life.
public enum SessionState: String, Sendable {
    /// Its environment is being made.
    case making
    case made, ready, done
}

/// What a call came to, as far as the rules tell.
public enum CallEnd: Equatable, Sendable {
    /// What was asked for. A single environment's step may have ended the episode.
    case success(isOver: Bool)
    /// It was refused, and the session is as it was; so is that of a vector whose rows have failed.
    case refused
    /// It failed, and with it the episode: a crash, a backend that is away, a refused reset.
    case failed
    /// It was cancelled.
    case cancelled
}

/// The rules of one session, as a state machine.
struct Session: Sendable {
    /// A call under way. Only the newest who asked is answered.
    struct Call: Sendable {
        var kind: SessionRequest.Kind
        var requestID: UInt64
        /// nil when it was answered before its end.
        var from: ReplyAddress?
        /// Of a step that was begun by a send; then the request is the recv that waits for it.
        var ticket: UInt64?
    }

    /// Why a session ends.
    enum Ending: Sendable {
        case closed(requestID: UInt64, from: ReplyAddress)
        case expired, stopping
    }

    let key: SessionKey
    let id: String
    /// Of the make that it came from; empty for a make without one.
    let nonce: Data
    private(set) var state = SessionState.making
    private(set) var running: Call?
    /// Set once; then nothing new is executed, and the environment closes after the call under way.
    private(set) var ending: Ending?
    private(set) var steps: UInt64 = 0
    private(set) var episodes: UInt64 = 0
    private(set) var leaseEnds: Duration
    private var order = RequestOrder()
    private var lastTicket: UInt64 = 0
    /// The ticket whose result is held, until it is received.
    private var unreceived: UInt64?

    /// A session whose environment is being made, for `from`.
    init(_ key: SessionKey, id: String, nonce: Data, for from: ReplyAddress, leaseEnds: Duration) {
        self.key = key
        self.id = id
        self.nonce = nonce
        self.leaseEnds = leaseEnds
        running = Call(kind: .other, requestID: 0, from: from)
    }

    var isSilent: Bool { running == nil && ending == nil }

    /// A request has come.
    ///
    /// - Parameter leaseEnds: renewed by it.
    mutating func request(_ request: SessionRequest, leaseEnds: Duration) -> Effect {
        guard ending == nil else {
            if case .closed = ending, request.kind == .close {
                return end(.closed(requestID: request.id, from: request.from))
            }
            return answer(request, .refused(.sessionEnded), isKept: false)
        }
        self.leaseEnds = leaseEnds
        switch order.judge(request) {
        case .next: break
        case .refused(let refusal): return answer(request, .refused(refusal), isKept: false)
        case .repeated(.bytes(let bytes)?): return .resend(bytes, to: request.from)
        case .repeated(.inPlace?): return .resendStep(key, to: request.from)
        case .repeated(nil):
            moveAnswer(to: request.from, id: request.id)
            return .nothing
        }
        switch request.kind {
        case .close:
            order.accept(request)
            return end(.closed(requestID: request.id, from: request.from))
        case .recv(let ticket):
            order.accept(request)
            return receive(ticket, request)
        case .reset, .step, .send, .render, .other:
            if let obstacle = obstacle(to: request.kind) {
                return answer(request, .refused(obstacle), isKept: false)
            }
            order.accept(request)
            if let refusal = refusal(of: request.kind) { return answer(request, .refused(refusal)) }
            return begin(request)
        }
    }

    /// - Returns: the session's state in the specification's words; nil when it ends.
    mutating func ping(leaseEnds: Duration) -> String? {
        guard ending == nil else { return nil }
        self.leaseEnds = leaseEnds
        return running == nil ? state.rawValue : "busy"
    }

    private mutating func begin(_ request: SessionRequest) -> Effect {
        guard request.kind == .send else {
            running = Call(kind: request.kind, requestID: request.id, from: request.from)
            return .call(key)
        }
        lastTicket += 1
        running = Call(kind: .step, requestID: 0, from: nil, ticket: lastTicket)
        return .several([answer(request, .ticket(lastTicket)), .call(key)])
    }

    private mutating func receive(_ ticket: UInt64, _ request: SessionRequest) -> Effect {
        if let running, running.ticket == ticket {
            moveAnswer(to: request.from, id: request.id)
            return .nothing
        }
        guard unreceived == ticket else {
            return answer(request, .refused(.noTicket(ticket, open: running?.ticket ?? unreceived)))
        }
        unreceived = nil
        return answer(request, .held(key))
    }

    /// What the call under way comes to is for `from` now, who asks by a request with this id.
    mutating func moveAnswer(to from: ReplyAddress, id: UInt64) {
        running?.requestID = id
        running?.from = from
    }

    /// Why a request has to wait, and keeps its id until then.
    private func obstacle(to kind: SessionRequest.Kind) -> Refusal? {
        if running != nil { return .busy }
        return kind == .step || kind == .send ? unreceived.map { .unreceived(ticket: $0) } : nil
    }

    /// Why a request is not executed in this state; its id is used up, so that the refusal can be repeated.
    private func refusal(of kind: SessionRequest.Kind) -> Refusal? {
        switch kind {
        case .step, .send: state == .ready ? nil : .resetNeeded(kind, state)
        case .render: state == .made ? .resetNeeded(kind, state) : nil
        case .other: .notOffered
        case .reset, .close, .recv: nil
        }
    }

    /// The call under way has ended.
    ///
    /// - Parameter isWritten: its reply is where the session's steps write theirs.
    mutating func ended(_ end: CallEnd, isWritten: Bool, leaseEnds: Duration) -> Effect {
        guard let call = running else { return .nothing }
        running = nil
        self.leaseEnds = leaseEnds
        book(call.kind, end)
        let outcome = outcome(of: call, isCutShort: end == .cancelled && ending != nil, isWritten: isWritten)
        return ending == nil ? outcome : outcome.then(.close(key))
    }

    /// The make has ended.
    mutating func made(_ isMade: Bool, leaseEnds: Duration) -> Effect {
        let from = running?.from
        running = nil
        self.leaseEnds = leaseEnds
        state = .made
        let answer = from.map {
            // A make that was refused is not kept: nothing was made that a second one could make twice.
            Effect.answer(
                Answer(
                    content: .result, to: $0, requestID: 0, session: isMade ? id : "",
                    keeper: isMade ? .make(nonce: nonce) : .nobody))
        }
        return (answer ?? .nothing).then(isMade && ending != nil ? .close(key) : .nothing)
    }

    private mutating func book(_ kind: SessionRequest.Kind, _ end: CallEnd) {
        // Whatever came of it, the episode is another one.
        if kind == .reset, end != .refused { unreceived = nil }
        switch (kind, end) {
        case (.reset, .success):
            state = .ready
            episodes += 1
        case (.step, .success(let isOver)):
            state = isOver ? .done : .ready
            steps += 1
        case (_, .success), (_, .refused): break
        case (_, .failed), (_, .cancelled): state = .done
        }
    }

    private mutating func outcome(of call: Call, isCutShort: Bool, isWritten: Bool) -> Effect {
        guard let from = call.from else {
            guard let ticket = call.ticket else { return .nothing }
            unreceived = ticket
            return .hold(key)
        }
        if isWritten { order.keep(.inPlace, to: call.requestID) }
        return .answer(
            Answer(
                content: isCutShort ? .refused(.cutShort) : call.ticket == nil ? .result : .received, to: from,
                requestID: call.requestID, session: id, keeper: isWritten ? .nobody : .session(key)))
    }

    /// Ends the session: its environment closes once the call under way, which is cancelled, has returned.
    mutating func end(_ ending: Ending) -> Effect {
        switch (self.ending, ending) {
        case (nil, _):
            self.ending = ending
            return running == nil ? .close(key) : .cancel(key)
        // The close that came last is answered.
        case (.closed, .closed): self.ending = ending
        // A close that waits for its reply keeps waiting for it.
        default: break
        }
        return .nothing
    }

    /// Ends the session with its server; who waits is told so now.
    mutating func stop() -> Effect {
        guard let call = running, let from = call.from else { return end(.stopping) }
        running?.from = nil
        let answer = Answer(
            content: .refused(.stopping), to: from, requestID: call.requestID, session: state == .making ? "" : id,
            keeper: state == .making ? .nobody : .session(key))
        return .several([.answer(answer), end(.stopping)])
    }

    mutating func keep(_ reply: Data, to id: UInt64) { order.keep(.bytes(reply), to: id) }

    private func answer(_ request: SessionRequest, _ content: Answer.Content, isKept: Bool = true) -> Effect {
        .answer(
            Answer(
                content: content, to: request.from, requestID: request.id, session: id,
                keeper: isKept ? .session(key) : .nobody))
    }
}
