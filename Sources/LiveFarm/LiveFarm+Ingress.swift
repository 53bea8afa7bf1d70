import Farm
import OpenFaaS

/// Tasks that come over HTTP.
extension LiveFarm {
    /// Lets the ingress put tasks into the episode that has just begun.
    func openIngress() {
        guard let ingress = configuration.ingress else { return }
        let current = episode
        ingressOwner = ingress.open { [weak self] id, payload, headers, deadline in
            await self?.take(id, payload, headers, deadline, in: current) ?? false
        }
    }

    /// Takes no more tasks, and fails those that have not ended.
    func closeIngress() {
        guard let ingress = configuration.ingress else { return }
        ingress.close(ingressOwner)
        for id in ingressTasks.values { ingress.end(id, .failed(reason: Ingress.episodeEnded)) }
        ingressTasks = [:]
    }

    private func take(
        _ id: String, _ payload: [UInt8], _ headers: [String: String], _ deadline: Double?, in taking: Int
    ) -> Bool {
        guard taking == episode, isRunning else { return false }
        let now = clock.now
        let seconds = deadline ?? scenario.deadline.seconds(forService: scenario.service.mean)
        let task = FarmTask(
            id: id, index: streamCount + ingressCount, generatedAt: now, deadlineAt: now + seconds, serviceSeconds: nil,
            payload: payload, headers: headers)
        ingressCount += 1
        ingressTasks[ledger.emit(task, at: now)] = id
        configuration.meter?.count(.emitted)
        dispatch()
        return true
    }

    /// Tells whoever brought a task that it has ended, if it has.
    func answerIngress(_ ticket: Int, _ result: Result<FunctionAnswer, any Error>) {
        guard let id = ingressTasks[ticket], let end = ledger.ending(of: ticket) else { return }
        ingressTasks[ticket] = nil
        if end.isDone, case .success(let answer) = result {
            configuration.ingress?.end(id, .done(status: answer.status, headers: answer.headers, body: answer.body))
        } else {
            configuration.ingress?.end(id, .failed(reason: end.reason ?? "no reason is known"))
        }
    }
}
