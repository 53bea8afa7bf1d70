import Farm
import Logging

extension LiveFarm {
    /// Takes the end of a call: frees its worker, and books what became of the task.
    ///
    /// - Returns: a call to go on with.
    func collect(_ end: AttemptEnd, of assignment: Assignment) -> Assignment? {
        let (now, attempt) = (clock.now, assignment.attempt)
        let leave = workers.invoker.end(attempt, end)
        pool.endCall(attempt.unit, isWaiting: leave.hasWaited, at: now)
        begin(leave.started)
        leave.notes.forEach(say)
        end.notes.forEach(say)
        if end.isLost { options.meter?.count(.lostCallback) }
        guard isCurrent(attempt) else { return nil }
        let isProven = pool.receive(end.reception, of: attempt.unit, begunAt: assignment.begunAt, at: now)
        let before = episode.ledger.totals
        book(end, of: assignment, isProven: isProven, at: now)
        meter(end, before)
        episode.door.answer(attempt.ticket, end.answer, episode.ledger)
        let next = nextAssignment()
        dispatch()
        return next
    }

    private func book(_ end: AttemptEnd, of assignment: Assignment, isProven: Bool, at now: Double) {
        let (ticket, worker) = (assignment.attempt.ticket, assignment.attempt.worker)
        switch end.outcome {
        case .done:
            episode.ledger.complete(
                ticket, worker: worker, overhead: overhead(of: end, work: assignment.work),
                ran: end.ranSeconds.map { $0 * speed }, at: now)
        case .collision:
            episode.ledger.collide(ticket, delay: Double.random(in: 0.005...0.05) * speed, at: now)
        case .refused(let reason):
            logger.debug("a call was refused", metadata: ["unit": "\(worker)", "reason": "\(reason)"])
            episode.ledger.refuse(ticket, reason: reason, worker: worker, isProven: isProven, at: now)
            tell(reason, end, by: worker)
        case .shortage:
            pool.limitCalls(at: now)
            episode.ledger.withdraw(ticket, delay: 0.1 * speed, at: now)
            note(
                .shortage,
                "\(end.message). No more than \(pool.inFlight) calls run at a time until there is; no task's attempts are used up"
            )
        case .retry(let reason):
            logger.debug("an attempt failed", metadata: ["unit": "\(worker)", "reason": "\(reason)"])
            episode.ledger.retry(ticket, reason: reason, worker: worker, at: now)
        case .failed(let reason):
            episode.ledger.fail(ticket, reason: reason, worker: worker, at: now)
        case .fatal(let reason, let message):
            episode.ledger.fail(ticket, reason: reason, worker: worker, at: now)
            breakDown(message)
        }
    }

    private func meter(_ end: AttemptEnd, _ before: TaskTotals) {
        guard let meter = options.meter else { return }
        meter.countCall(end.outcome.name, seconds: end.answer?.seconds)
        if episode.ledger.totals.done > before.done { meter.count(.done) }
        if episode.ledger.totals.failed > before.failed { meter.count(.failed) }
    }

    /// Says that a unit refuses calls, in the words of what answered. An absent platform is told of as an outage.
    private func tell(_ reason: String, _ end: AttemptEnd, by worker: String) {
        guard end.reception != .away else { return }
        let words = end.answer.map { $0.excerpt.isEmpty ? "" : ", \"\($0.excerpt)\"" } ?? " (\(end.message))"
        note(
            .refusing, about: worker,
            "refuses calls: \(reason)\(words). Its tasks wait, and go to others; it is tried again and again")
    }

    /// Scenario seconds that the call took beyond its work.
    private func overhead(of end: AttemptEnd, work: Double?) -> Double? {
        guard let answer = end.answer, let work else { return nil }
        return max(0, answer.seconds - work) * speed
    }

    /// Takes what the invoker tells beside the ends of calls.
    func take(_ report: InvokerReport) {
        switch report {
        case .note(let note): say(note)
        case .broken(let reason): breakDown(reason)
        case .late(let end, let attempt): takeLate(end, of: attempt)
        }
    }

    /// An end that comes after the attempt's first one: still a result of its task, if that has none.
    private func takeLate(_ end: AttemptEnd, of attempt: TaskAttempt) {
        guard isCurrent(attempt) else { return }
        guard end.outcome == .done, episode.ledger.isOpen(attempt.ticket) else {
            episode.ledger.countDuplicate()
            options.meter?.count(.duplicate)
            return
        }
        episode.ledger.complete(
            attempt.ticket, worker: attempt.worker, overhead: nil, ran: end.ranSeconds.map { $0 * speed },
            at: clock.now)
        options.meter?.count(.done)
        episode.door.answer(attempt.ticket, end.answer, episode.ledger)
        end.notes.forEach(say)
        dispatch()
    }
}
