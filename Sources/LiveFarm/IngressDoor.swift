import Farm

/// The way of tasks from an ingress into an episode, and of their results back.
struct IngressDoor {
    private let ingress: Ingress?
    private var owner = 0
    /// Ids of tasks that have not ended, by ticket.
    private var tasks: [Int: String] = [:]
    /// Tasks that have come into the episode.
    private(set) var count = 0

    /// - Parameter ingress: nil: no tasks come.
    init(_ ingress: Ingress?) {
        self.ingress = ingress
    }

    /// Lets tasks into the episode that has just begun.
    mutating func open(_ accept: @escaping Ingress.Accept) {
        count = 0
        if let ingress { owner = ingress.open(accept) }
    }

    /// Takes no more tasks, and fails those that have not ended.
    mutating func close() {
        ingress?.close(owner)
        for id in tasks.values { ingress?.end(id, .failed(reason: Ingress.episodeEnded)) }
        tasks = [:]
    }

    /// A task has come and has its ticket.
    mutating func take(_ id: String, as ticket: Int) {
        count += 1
        tasks[ticket] = id
    }

    /// Tells whoever brought a task that it has ended, if it has.
    mutating func answer(_ ticket: Int, _ answer: WorkerAnswer?, _ ledger: TaskLedger) {
        guard let id = tasks[ticket], let end = ledger.ending(of: ticket) else { return }
        tasks[ticket] = nil
        if end.isDone, let answer {
            ingress?.end(id, .done(status: answer.status, headers: answer.headers, body: answer.body))
        } else {
            ingress?.end(id, .failed(reason: end.reason ?? "no reason is known"))
        }
    }
}

extension LiveFarm {
    /// Lets the ingress put tasks into the episode that has just begun.
    func openDoor() {
        let current = episode.number
        episode.door.open { [weak self] id, payload, headers, deadline in
            await self?.take(id, payload, headers, deadline, in: current) ?? false
        }
    }

    private func take(
        _ id: String, _ payload: [UInt8], _ headers: [String: String], _ deadline: Double?, in taking: Int
    ) -> Bool {
        guard taking == episode.number, episode.isRunning else { return false }
        let now = clock.now
        let seconds = deadline ?? scenario.deadline.seconds(forService: scenario.stages.first.service.mean)
        let task = FarmTask(
            id: id, index: episode.taskCount, generatedAt: now, deadlineAt: now + seconds, serviceSeconds: nil,
            payload: payload, headers: headers)
        episode.door.take(id, as: episode.ledger.emit(task, at: now))
        options.meter?.count(.emitted)
        dispatch()
        return true
    }
}
