import EnvironmentProtocol
import Foundation
import ZeroMQ

/// The steps that are nearly all messages: the next request of a session that waits for one, in binary form.
///
/// They are read where libzmq has put them, and answered from where the reply was written, without messages of the schema
/// in between. Whatever else there is to say of a request is said by ``receive(_:)``, which sees it when this has not taken it.
extension Router {
    /// Takes a step, and answers it when it is quick.
    ///
    /// - Returns: false for all else, of which nothing has been done then.
    func takeStep(_ message: IncomingMessage) -> Bool {
        guard !isStopping, let request = StepRequestFrame(message.payload), let session = session(of: request),
            session.ending == nil, session.running == nil, session.unreceived == nil, session.state == .ready,
            let stepper = session.stepper, request.requestID == session.lastRequestID + 1
        else { return false }
        let begun = ContinuousClock.now
        session.accept(request.requestID, payload: Session.digest(message.payload))
        session.running = Waiting(
            requestID: request.requestID, from: Correspondent(envelope: message.envelope, encoding: .binary),
            since: begun)
        if stepper.isStepQuick {
            let (step, ended) = stepper.step(request, at: begun)
            finishStep(of: session, step, at: ended)
            return true
        }
        // The next message is written over this one.
        startBeside { [id = session.id, frame = Data(message.payload)] in
            let step = frame.withUnsafeBytes { StepRequestFrame($0).map { stepper.step($0, at: .now).0 } }
            self.complete(.stepped(session: id, step: step ?? .failed(Outcome(kind: .error(.notOffered)))))
        }
        return true
    }

    private func session(of request: StepRequestFrame) -> Session? {
        if let lastStepped, request.isOf(session: lastStepped.idBytes) { return lastStepped }
        let session = sessions[String(decoding: request.session, as: UTF8.self)]
        lastStepped = session
        return session
    }

    /// Books a step, and answers whoever waits for it.
    func finishStep(of session: Session, _ step: Stepper.Step, at now: ContinuousClock.Instant) {
        switch step {
        case .failed(let outcome): finish(.called(session: session.id, outcome: outcome, reply: nil))
        case .written(let state):
            guard let running = session.running else { return }
            session.running = nil
            session.state = state
            session.steps += 1
            session.leaseEnds = now + configuration.idleTimeout
            meter.countStep(after: now - running.since)
            if let from = running.from {
                session.stepper?.withReply { send($0, to: from) }
                session.keepSteppersReply()
            }
            if session.ending != nil { close(session) }
        }
    }
}
