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
        case .retry(let reason):
            logger.debug("an attempt failed", metadata: ["function": "\(worker)", "reason": "\(reason)"])
            if isUnreached(result) { pool.doubt(function) }
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

    /// Whether the call found no gateway, or a gateway that cannot find the function.
    private func isUnreached(_ result: Result<FunctionAnswer, any Error>) -> Bool {
        switch result {
        case .success(let answer): answer.status == 404
        case .failure(let error as GatewayError): error.kind == .unavailable
        case .failure: false
        }
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
