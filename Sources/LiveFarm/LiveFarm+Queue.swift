import Farm
import OpenFaaS

/// Dispatch through the gateway's queue, with callbacks.
extension LiveFarm {
    /// Puts a call into the queue and waits for its callback.
    func performQueued(_ call: FunctionCall, of name: String, in calling: Int) async throws -> FunctionAnswer {
        guard let queue = configuration.queue else { throw CancellationError() }
        let start = ContinuousClock.now
        callCount += 1
        var call = call
        // A call that meets a full worker goes again as the same attempt; its callback must not be taken for another's.
        let id = "\(call.callID ?? "call")-\(queueToken)-\(callCount)"
        call.callID = id
        queue.desk.expect(id) { [weak self] in
            Task { await self?.countSurplus(in: calling) }
        }
        let accepted: FunctionAnswer
        do {
            accepted = try await configuration.gateway.enqueue(
                name, call, callback: queue.desk.url, bodyLimit: queue.bodyLimit)
        } catch {
            queue.desk.forget(id)
            throw error
        }
        guard accepted.status == 202 else {
            queue.desk.forget(id)
            return accepted
        }
        guard var answer = try await queue.desk.result(of: id, within: call.timeout) else {
            throw GatewayError(
                .noCallback, "\(name): accepted, and no callback came to \(queue.desk.url) within \(call.timeout)")
        }
        measure(answer)
        answer.seconds = (ContinuousClock.now - start) / .seconds(1)
        return answer
    }

    /// A callback that came for a call that had one, or had been given up.
    private func countSurplus(in calling: Int) {
        guard calling == episode, isRunning else { return }
        ledger.countDuplicate()
        configuration.meter?.count(.duplicate)
    }

    private func measure(_ answer: FunctionAnswer) {
        let time = clock.real(clock.now) / .seconds(1)
        guard let count = queueMeter.add(at: time, duration: answer.seconds, waiting: pool.inFlight) else { return }
        note("this queue runs \(count) calls at a time, so no more than \(count) workers have something to do")
    }

    /// Sends a call of a function that is not there through the queue: its callback proves the way back.
    func testQueue() async {
        guard let queue = configuration.queue else { return }
        let id = "self-test-\(queueToken)"
        queue.desk.expect(id) {}
        do {
            let answer = try await configuration.gateway.enqueue(
                "faasfarm-self-test", FunctionCall(callID: id, timeout: .seconds(10)), callback: queue.desk.url,
                bodyLimit: queue.bodyLimit)
            guard answer.status == 202 else {
                return breakDown(
                    "the gateway \(configuration.gateway.address) has no queue: /async-function/ was answered \(answer.status); "
                        + "use --dispatch invoke")
            }
            if try await queue.desk.result(of: id, within: queue.selfTestLimit) == nil {
                note(
                    "no callback of a test call came to \(queue.desk.url) within \(queue.selfTestLimit): the gateway's queue "
                        + "must reach that address (--callback-url), or is busy")
            }
        } catch {
            queue.desk.forget(id)
            if !(error is CancellationError) { note("the queue could not be tested: \(error)") }
        }
    }
}
