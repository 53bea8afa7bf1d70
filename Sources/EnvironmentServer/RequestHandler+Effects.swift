import EnvironmentProtocol
import Foundation
import Sessions
import SwiftProtobuf
import ZeroMQ

extension RequestHandler {
    /// Does what the rules say.
    ///
    /// - Parameters:
    ///   - request: that has led to it.
    ///   - call: that has led to it by its end.
    func perform(_ effect: Effect, for request: IncomingRequest? = nil, after call: FinishedCall? = nil) {
        switch effect {
        case .nothing: break
        case .answer(let answer): send(answer, call)
        case .resend(let reply, let address): socket.send(reply, to: address)
        case .resendStep(let key, let address): served[key.slot]?.stepper?.withReply { socket.send($0, to: address) }
        case .make(let key, let id): if let request { make(key, id, for: request) }
        case .call(let key):
            guard let request, let session = served[key.slot] else { return }
            if let call = crew.run(request, in: session, key) { book(.called(call)) }
        case .hold(let key): held[key] = call?.reply
        case .cancel(let key): served[key.slot]?.hosted.cancel()
        case .close(let key):
            guard let hosted = served[key.slot]?.hosted else { return }
            crew.runTask {
                await hosted.close()
                return .closed(key)
            }
        case .forget(let key):
            served[key.slot] = nil
            held[key] = nil
            meter.sessions(table.count)
        case .several(let effects): for effect in effects { perform(effect, for: request, after: call) }
        }
    }

    /// Takes a step that is read where libzmq has put it, and answered from where the reply was written, without messages of
    /// the schema in between: nearly all messages are such steps.
    ///
    /// - Returns: false for all else, of which nothing has been done then.
    func takeStep(_ message: IncomingMessage) -> Bool {
        guard let step = StepRequestFrame(message.payload), let key = table.key(ofStepped: step.session),
            let stepper = served[key.slot]?.stepper
        else { return false }
        let begun = ContinuousClock.now
        let request = SessionRequest(
            .step, id: step.requestID, digest: RequestDigest(message.payload),
            from: ReplyAddress(envelope: message.envelope, isJSON: false))
        let effect = table.request(request, of: key, at: time(of: begun))
        guard case .call = effect else {
            perform(effect)
            return true
        }
        if let (call, ended) = crew.step(step, of: message.payload, in: stepper, key, at: begun) {
            book(call, at: ended)
        }
        return true
    }

    /// Books what has ended, and answers whoever waits for it.
    func book(_ report: Crew.Report) {
        switch report {
        case .made(let key, let outcome):
            let effect = table.made(key, outcome.made != nil, at: time(of: .now))
            served[key.slot]?.stepper = outcome.made?.stepper
            if outcome.made != nil { meter.sessions(table.count, begun: true) }
            perform(effect, after: FinishedCall(session: key, result: .outcome(outcome, reply: nil), begun: .now))
        case .called(let call): book(call, at: .now)
        case .closed(let key): perform(table.closed(key))
        }
    }

    private func book(_ call: FinishedCall, at now: ContinuousClock.Instant) {
        let end: CallEnd
        var isWritten = false
        switch call.result {
        case .written(let isOver):
            meter.countStep(after: now - call.begun)
            end = .success(isOver: isOver)
            isWritten = true
        case .outcome(let outcome, _):
            meter.count(outcome.kind, after: now - call.begun)
            end = outcome.end
        }
        perform(table.ended(call.session, end, isWritten: isWritten, at: time(of: now)), after: call)
    }

    private func send(_ answer: Answer, _ call: FinishedCall?) {
        if case .result = answer.content, let call {
            switch call.result {
            case .written:
                served[call.session.slot]?.stepper?.withReply { socket.send($0, to: answer.to) }
                return
            case .outcome(_, let reply?):
                socket.send(reply, to: answer.to)
                table.keep(reply, of: answer, at: time(of: .now))
                return
            case .outcome: break
            }
        }
        let reply = send(
            kind(of: answer, call), to: answer.to, requestID: answer.requestID, session: answer.session)
        table.keep(reply, of: answer, at: time(of: .now))
    }

    private func kind(of answer: Answer, _ call: FinishedCall?) -> WireReply.OneOf_Kind {
        switch answer.content {
        case .result: call?.reply ?? .lost
        case .received: (call?.reply ?? .lost).received
        case .held(let key): (held[key] ?? .lost).received
        case .ticket(let ticket): .send(.with { $0.ticket = ticket })
        case .closed(let steps, let episodes):
            .close(
                .with {
                    $0.steps = steps
                    $0.episodes = episodes
                })
        case .refused(let refusal): .error(error(refusal))
        }
    }
}

extension FinishedCall {
    /// nil where the stepper has written it.
    fileprivate var reply: WireReply.OneOf_Kind? {
        if case .outcome(let outcome, _) = result { outcome.kind } else { nil }
    }
}

extension WireReply.OneOf_Kind {
    /// Of a call whose result is asked for twice, which the rules rule out.
    fileprivate static let lost = error(WireError(.internal, .envCrashed, "the result was lost; reset"))

    /// The same as the reply to a recv.
    fileprivate var received: Self { if case .step(let reply) = self { .recv(reply) } else { self } }
}
