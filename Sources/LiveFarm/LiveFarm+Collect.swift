import Farm
import Logging
import OpenFaaS

extension LiveFarm {
    /// Takes the outcome of a call: frees its worker, and books what became of the task.
    ///
    /// - Returns: a call to go on with.
    func collect(_ result: Result<FunctionAnswer, any Error>, of assignment: Assignment) -> Assignment? {
        let now = clock.now
        let (ticket, function) = (assignment.ticket, assignment.function)
        if let key = assignment.key { leaveQueue(key, result) } else { pool.endCall(function, at: now) }
        guard assignment.episode == episode, isRunning else { return nil }
        let worker = pool.functions[function].name
        let outcome = AttemptOutcome.classify(result)
        let isProven = pool.receive(
            reception(of: result, outcome), of: function, begunAt: assignment.begunAt, at: now)
        let before = ledger.totals
        defer {
            meter(result, outcome, before)
            answerIngress(ticket, result)
        }
        switch outcome {
        case .done:
            let ran = assignment.key == nil ? nil : (try? result.get().seconds).map { $0 * speed }
            ledger.complete(
                ticket, worker: worker, overhead: overhead(of: result, work: assignment.work), ran: ran, at: now)
        case .collision:
            ledger.collide(ticket, delay: Double.random(in: 0.005...0.05, using: &generator) * speed, at: now)
        case .refused(let reason):
            logger.debug("a call was refused", metadata: ["function": "\(worker)", "reason": "\(reason)"])
            ledger.refuse(ticket, reason: reason, worker: worker, isProven: isProven, at: now)
            tell(reason, of: result, by: worker)
        case .shortage:
            pool.limitCalls(at: now)
            ledger.withdraw(ticket, delay: 0.1 * speed, at: now)
            tellShortage(result)
        case .retry(let reason):
            logger.debug("an attempt failed", metadata: ["function": "\(worker)", "reason": "\(reason)"])
            if case .failure(let error as GatewayError) = result, error.kind == .connectionLost {
                note(.connectionLost, error.message)
            }
            ledger.retry(ticket, reason: reason, worker: worker, at: now)
        case .failed(let reason):
            ledger.fail(ticket, reason: reason, worker: worker, at: now)
        case .fatal(let reason, let message):
            ledger.fail(ticket, reason: reason, worker: worker, at: now)
            breakDown(message)
        }
        let next = nextAssignment()
        dispatch()
        return next
    }

    private func meter(_ result: Result<FunctionAnswer, any Error>, _ outcome: AttemptOutcome, _ before: TaskTotals) {
        guard let meter = configuration.meter else { return }
        meter.countCall(outcome.name, seconds: try? result.get().seconds)
        if ledger.totals.done > before.done { meter.count(.done) }
        if ledger.totals.failed > before.failed { meter.count(.failed) }
    }

    /// The farm's present state, for its meter.
    var reading: FarmMeter.Reading {
        let now = clock.now
        return FarmMeter.Reading(
            queued: isRunning ? ledger.totals.queued : 0, running: isRunning ? ledger.totals.running : 0,
            desired: pool.desired, ready: pool.ready, starting: pool.starting, draining: pool.draining,
            readyAge: pool.oldestSight.map { clock.real(max(0, now - $0)) / .seconds(1) } ?? 0)
    }

    /// What the end of a call says of its function.
    private func reception(
        of result: Result<FunctionAnswer, any Error>, _ outcome: AttemptOutcome
    ) -> WorkerPool.Reception {
        switch (outcome, result) {
        case (.refused, .failure): .away
        case (.refused, .success(let answer)): answer.text.hasPrefix("error finding function") ? .unfound : .refused
        case (.done, _), (.retry, .success), (.failed, .success): .taken
        case (.collision, _), (.shortage, _), (.retry, _), (.failed, _), (.fatal, _): .nothing
        }
    }

    /// Says that a function refuses calls, in the words of what answered.
    private func tell(_ reason: String, of result: Result<FunctionAnswer, any Error>, by worker: String) {
        // An absent gateway is told of as an outage.
        guard case .success(let answer) = result else { return }
        let words = answer.text.prefix(1_000).split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(200)
        note(
            .refusing, about: worker,
            "refuses calls: \(reason)\(words.isEmpty ? "" : ", \"\(words)\""). Its tasks wait, and go to others; it is tried again "
                + "and again")
    }

    private func tellShortage(_ result: Result<FunctionAnswer, any Error>) {
        guard case .failure(let error) = result else { return }
        note(
            .shortage,
            "\(error). No more than \(pool.inFlight) calls run at a time until there is; no task's attempts are used up"
        )
    }

    /// Scenario seconds that the call took beyond its work.
    private func overhead(of result: Result<FunctionAnswer, any Error>, work: Double?) -> Double? {
        guard case .success(let answer) = result, let work else { return nil }
        return max(0, answer.seconds - work) * speed
    }

    /// The farm cannot go on; the episode ends with its window.
    func breakDown(_ reason: String) {
        guard broken == nil else { return }
        broken = reason
        logger.error("\(reason)")
    }
}
