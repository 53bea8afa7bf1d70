import Farm
import Numbers
import OpenFaaS

/// Dispatch through the gateway's queue, with callbacks.
///
/// A callback belongs to its task: it completes one that is open, whichever attempt it answers. No more calls are handed over
/// than the queue was seen to run at a time, and an attempt's limit counts from when its call can be running.
extension LiveFarm {
    /// Whether another call may be handed over; always, where calls go directly.
    var queueHasRoom: Bool { configuration.queue == nil || queueLine.count < queueMeter.allowed }

    /// Gives a call its place in the queue's line, and waits for its callback from now on.
    ///
    /// - Returns: the call's key.
    func handOver(_ ticket: Int, to function: Int) -> String {
        callCount += 1
        let key = "\(queueToken)-\(callCount)"
        let name = pool.functions[function].name
        let current = episode
        queueLine.handOver(
            .init(key: key, ticket: ticket, function: function, episode: current, handedOver: .now, running: nil))
        configuration.queue?.desk.expect(key) { [weak self] callback in
            Task { await self?.takeLate(callback, key, of: ticket, worker: name, in: current) }
        }
        advanceQueue()
        return key
    }

    /// Puts a call into the queue and waits for its callback.
    func performQueued(_ call: FunctionCall, key: String, of name: String) async throws -> FunctionAnswer {
        guard let queue = configuration.queue else { throw CancellationError() }
        let start = ContinuousClock.now
        var call = call
        call.callID = "\(call.callID ?? "call")-\(key)"
        let accepted: FunctionAnswer
        do {
            accepted = try await configuration.gateway.enqueue(
                name, call, callback: queue.desk.url(of: key), bodyLimit: queue.bodyLimit)
        } catch {
            queue.desk.forget(key)
            throw error
        }
        guard accepted.status == 202 else {
            queue.desk.forget(key)
            return accepted
        }
        guard let callback = try await queue.desk.result(of: key) else {
            throw GatewayError(
                .noCallback,
                "\(name): accepted by the queue, and no callback came to \(queue.desk.base) within \(call.timeout); the "
                    + "queue's worker must run, and reach that address (--callback-url)")
        }
        var answer = try callback.get()
        if answer.seconds == 0 { answer.seconds = (ContinuousClock.now - start) / .seconds(1) }
        return answer
    }

    /// Says what came to the callbacks' address without being one.
    func sayStrays() {
        guard let strays = configuration.queue?.desk.strays, strays.count > toldStrays else { return }
        toldStrays = strays.count
        note(
            .strayCallbacks,
            "\(strays.count) requests to the callbacks' address were refused, the last one because \(strays.problem)")
    }

    /// A queued call has ended, or was given up.
    func leaveQueue(_ key: String, _ result: Result<FunctionAnswer, any Error>) {
        var isLost = false
        if case .failure(let error as GatewayError) = result, error.kind == .noCallback {
            isLost = true
            configuration.meter?.count(.lostCallback)
            note(.missingCallbacks, "callbacks are missing: \(error)")
        }
        let waiting = queueLine.count
        guard let call = queueLine.remove(key, isGivenUp: isLost) else { return }
        pool.endCall(call.function, isWaiting: call.running == nil, at: clock.now)
        // What a full or missing function answers says nothing of the queue.
        if case .success(let answer) = result, answer.isFunctions || (200...299).contains(answer.status) {
            if call.running == nil { queueLine.overtake(at: .now) }
            measure(answer, of: call, waiting: waiting)
        }
        advanceQueue()
    }

    /// Begins the limits of the calls whose turn has come.
    private func advanceQueue() {
        for call in queueLine.start(queueMeter.concurrency, at: .now) {
            pool.startCall(call.function, at: clock.now)
            if call.episode == episode, isRunning { ledger.start(call.ticket, at: clock.now) }
        }
    }

    /// Gives up calls whose limit has passed, until it is cancelled.
    func watchQueue() async {
        guard let desk = configuration.queue?.desk else { return }
        let limit = clock.real(scenario.retry.attemptLimit)
        while !Task.isCancelled {
            for key in queueLine.overdue(limit, at: .now) { desk.giveUp(key) }
            let next = queueLine.nextEnd(limit) ?? .now + limit
            // A call that is given up leaves the line a moment later.
            let pause = max(.milliseconds(10), min(next - .now, .seconds(1)))
            try? await Task.sleep(for: pause)
        }
    }

    /// A callback of a call that had one, or had been given up: still a result of its task, if that has none.
    private func takeLate(
        _ callback: CallbackDesk.Callback, _ key: String, of ticket: Int, worker: String, in calling: Int
    ) {
        guard calling == episode, isRunning else { return }
        let call = queueLine.recover(key)
        guard case .success(let answer) = callback else { return }
        if let call, answer.seconds > 0 {
            queueLine.learn(call, ran: Duration(clampingSeconds: answer.seconds), until: .now)
        }
        guard ledger.isOpen(ticket), AttemptOutcome.classify(.success(answer)) == .done else {
            ledger.countDuplicate()
            configuration.meter?.count(.duplicate)
            return
        }
        ledger.complete(
            ticket, worker: worker, overhead: nil, ran: answer.seconds > 0 ? answer.seconds * speed : nil, at: clock.now
        )
        configuration.meter?.count(.done)
        answerIngress(ticket, .success(answer))
        if call != nil {
            note(
                .lateCallbacks,
                "results came after their attempts had been given up, and count: the gateway's queue is slower than the "
                    + "attempt limit of \(scenario.retry.attemptLimit) s")
        }
        dispatch()
    }

    private func measure(_ answer: FunctionAnswer, of call: QueueLine.Call, waiting: Int) {
        queueLine.learn(call, ran: Duration(clampingSeconds: answer.seconds), until: .now)
        let found = queueMeter.add(
            at: (ContinuousClock.now - queueOrigin) / .seconds(1),
            handedOver: (call.handedOver - queueOrigin) / .seconds(1), duration: answer.seconds, waiting: waiting)
        guard let count = found else { return }
        note(
            .queueConcurrency,
            "this queue runs \(count == 1 ? "one call" : "\(count) calls") at a time, so more workers than that have nothing to do"
        )
    }

    /// Sends a call of a function that is not there through the queue: its callback proves the way back.
    func testQueue() async {
        guard let queue = configuration.queue else { return }
        let key = "\(queueToken)-test"
        queue.desk.expect(key) { _ in }
        do {
            let answer = try await configuration.gateway.enqueue(
                "faasfarm-self-test", FunctionCall(callID: "self-test-\(queueToken)", timeout: .seconds(10)),
                callback: queue.desk.url(of: key), bodyLimit: queue.bodyLimit)
            guard answer.status == 202 else {
                queue.desk.forget(key)
                let answered = "/async-function/ was answered \(answer.status) \(answer.text.prefix(200))"
                // Any other status may pass; tasks are retried meanwhile.
                guard answer.status == 404 else {
                    return note(.queueTest, "the queue could not be tested: \(answered)")
                }
                return breakDown(
                    "the gateway \(configuration.gateway.address) has no queue: \(answered); use --dispatch invoke")
            }
            if try await queue.desk.result(of: key, within: queue.selfTestLimit) == nil {
                note(
                    .queueTest,
                    "no callback of a test call came to \(queue.desk.base) within \(queue.selfTestLimit): the gateway's queue "
                        + "must reach that address (--callback-url), or is busy")
            }
        } catch {
            queue.desk.forget(key)
            if !(error is CancellationError) { note(.queueTest, "the queue could not be tested: \(error)") }
        }
    }
}
