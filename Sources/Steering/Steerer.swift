import Farm
public import Foundation
public import Logging

/// Steers a function until it is told to stop: a decision a period, written down before anything is done.
///
///     let steerer = Steerer(parts, board: board, logger: logger)
///     try await steerer.run()
///
/// Survives its platform, its source and its policy: what cannot be read is blindness, what does not answer in time is a fault, and
/// the rails say what becomes of the number then.
public actor Steerer {
    /// What steering a function takes.
    public struct Parts: Sendable {
        public var settings: SteeringSettings
        public var source: any LoadSource
        public var setter: any WorkerSetter
        public var policy: any Recommender
        public var fallback: (any Recommender)?
        public var journal: any DecisionJournal
        /// Where a function begins that no earlier program has steered.
        public var mode: SteeringDecision.Mode

        public init(
            settings: SteeringSettings, source: any LoadSource, setter: any WorkerSetter, policy: any Recommender,
            fallback: (any Recommender)? = nil, journal: any DecisionJournal, mode: SteeringDecision.Mode
        ) {
            (self.settings, self.source, self.setter, self.policy) = (settings, source, setter, policy)
            (self.fallback, self.journal, self.mode) = (fallback, journal, mode)
        }
    }

    private let parts: Parts
    private let board: SteeringBoard
    private let logger: Logger
    private let now: @Sendable () -> Double
    private var course: SteeringCourse?
    private var sighting: Sighting?
    private var policy: PatientRecommender
    private var fallback: PatientRecommender?
    private var begun = 0.0
    private var periods = 0
    /// Said once, until it changes.
    private var trouble: String?
    private var wishes: [SteeringAction] = []

    /// - Parameter now: seconds since 1970.
    public init(
        _ parts: Parts, board: SteeringBoard, logger: Logger,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        (self.parts, self.board, self.logger, self.now) = (parts, board, logger, now)
        let patience = Duration.seconds(min(parts.settings.patience, parts.settings.period))
        policy = PatientRecommender(parts.policy, patience: patience)
        fallback = parts.fallback.map { PatientRecommender($0, patience: patience) }
    }

    /// Decides a period after the other until the task is cancelled.
    ///
    /// - Throws: ``SteeringFailure`` when the journal cannot be read at the beginning. One that cannot be written later is said, and
    ///   nothing is asked for that is not written down.
    public func run() async throws {
        try await parts.journal.begin(parts.settings)
        let last = try await parts.journal.last(of: parts.settings.function)
        course = SteeringCourse(
            parts.settings, memory: last?.memory ?? SteeringMemory(mode: parts.mode), number: last?.number ?? 0)
        begun = now()
        var due = ContinuousClock.now
        while !Task.isCancelled {
            try await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
            await decide()
            due += .seconds(parts.settings.period)
            // After a pause of the machine there is nothing to be caught up with.
            if due < .now { due = .now + .seconds(parts.settings.period) }
        }
    }

    /// Does something from the next decision on, a period from now at most.
    public func take(_ action: SteeringAction) { wishes.append(action) }

    private func decide() async {
        guard var course else { return }
        let workers: Result<WorkersSeen, SteeringFailure> = await read { () async throws(SteeringFailure) in
            try await self.parts.setter.look()
        }
        for wish in wishes {
            switch wish {
            case .promote: course.set(mode: .steer)
            case .pause(let direction): course.set(pause: direction)
            case .resume: course.set(pause: nil)
            case .revert:
                var input = SteeringCourse.Input(
                    time: now(), workers: try? workers.get(), answer: .failure(SteeringFailure("reverted")))
                (input.policy, input.digest) = (parts.policy.name, parts.policy.digest)
                if let decision = course.revert(input) {
                    await act(on: decision, WindowMetrics(), workers, course)
                }
            }
        }
        wishes = []
        let seen: Result<Sighting, SteeringFailure> = await read { () async throws(SteeringFailure) in
            try await self.parts.source.read()
        }
        if case .success(let fresh) = seen { sighting = fresh }
        let time = now()
        let asked = course.memory.asked ?? (try? workers.get())?.asked ?? parts.settings.workers.initial
        let metrics = WindowMetrics(
            sighting, workers: try? workers.get(), asked: asked, begun: begun, now: time, step: periods,
            staleAfter: parts.settings.staleAfter, isFresh: (try? seen.get()) != nil)
        periods += 1
        let answer = await policy.recommend(after: metrics)
        var input = SteeringCourse.Input(
            time: now(), workers: try? workers.get(), sighting: sighting, answer: answer)
        if case .failure(let failure) = seen { input.blindness = failure.description }
        if let fallback { input.fallback = try? await fallback.recommend(after: metrics).get() }
        (input.policy, input.digest) = (parts.policy.name, parts.policy.digest)
        let decision = course.decide(input)
        self.course = course
        await act(on: decision, metrics, workers, course)
    }

    private func act(
        on decision: SteeringDecision, _ metrics: WindowMetrics, _ workers: Result<WorkersSeen, SteeringFailure>,
        _ course: SteeringCourse
    ) async {
        var troubles = [decision.blindness, decision.fault].compactMap(\.self)
        if case .failure(let failure) = workers { troubles.append(failure.description) }
        var outcome: SteeringDecision.Outcome?
        do {
            try await parts.journal.record(decision, course.memory)
            outcome = await ask(decision, workers)
            if case .refused(let reason)? = outcome { troubles.append(reason) }
            if let outcome { try await parts.journal.complete(decision.function, decision.number, outcome) }
        } catch {
            troubles.append("the decision cannot be written down, so nothing is asked for: \(error)")
        }
        say(troubles)
        var entry = SteeringBoard.Entry(
            settings: parts.settings, policy: parts.policy.name, fallback: parts.fallback?.name,
            source: parts.source.name, decision: decision, metrics: metrics, mode: course.mode,
            pause: course.memory.pause, isOnFallback: course.isOnFallback)
        entry.outcome = outcome
        entry.spent = course.memory.spent
        board.post(entry)
    }

    /// Asks the platform for the number, unless it has it.
    private func ask(
        _ decision: SteeringDecision, _ workers: Result<WorkersSeen, SteeringFailure>
    ) async -> SteeringDecision.Outcome {
        guard decision.mode == .steer else { return .advised }
        if let seen = try? workers.get(), seen.asked == decision.asked { return .unchanged }
        let answer: Result<WorkersSeen?, SteeringFailure> = await read { () async throws(SteeringFailure) in
            try await self.parts.setter.ask(for: decision.asked)
        }
        return switch answer {
        case .success(let seen): .applied(seen: seen)
        case .failure(let failure): .refused(reason: failure.description)
        }
    }

    private func read<Value: Sendable>(
        _ call: @Sendable () async throws(SteeringFailure) -> Value
    ) async -> Result<Value, SteeringFailure> {
        do throws(SteeringFailure) { return .success(try await call()) } catch { return .failure(error) }
    }

    private func say(_ troubles: [String]) {
        let text = troubles.isEmpty ? nil : troubles.joined(separator: "; ")
        guard text != trouble else { return }
        trouble = text
        if let text {
            logger.warning("\(parts.settings.function): \(text)")
        } else {
            logger.notice("\(parts.settings.function): all is well again")
        }
    }
}
