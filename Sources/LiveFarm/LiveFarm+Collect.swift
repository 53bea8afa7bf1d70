import Farm
import Logging
import OpenFaaS

extension LiveFarm {
    /// Takes the outcome of a call: frees its worker, and books what became of the task.
    func collect(
        _ result: Result<FunctionAnswer, any Error>, of ticket: Int, from function: Int, in calling: Int, work: Double?
    ) {
        let now = clock.now
        pool.endCall(function, at: now)
        guard calling == episode, isRunning else { return }
        let worker = pool.functions[function].name
        switch AttemptOutcome.classify(result) {
        case .done:
            ledger.complete(ticket, worker: worker, overhead: overhead(of: result, work: work), at: now)
        case .collision:
            ledger.collide(ticket, delay: Double.random(in: 0.005...0.05, using: &generator) * speed, at: now)
        case .retry(let reason):
            ledger.retry(ticket, reason: reason, worker: worker, at: now)
        case .failed(let reason):
            ledger.fail(ticket, reason: reason, worker: worker, at: now)
        case .fatal(let reason, let message):
            ledger.fail(ticket, reason: reason, worker: worker, at: now)
            breakDown(message)
        }
        dispatch()
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
