import Farm

/// A steered function's decisions as a value: what was seen and recommended goes in, a decision comes out, and what has to be
/// remembered changes. Knows no clock, no platform, no policy.
///
///     var course = SteeringCourse(settings, memory: SteeringMemory(mode: .steer), number: 0)
///     let decision = course.decide(.init(time: 1_700_000_000, workers: seen, sighting: sighting, answer: .success(7)))
///     print(decision.asked, decision.refusals)
public struct SteeringCourse: Sendable {
    /// What a period knows.
    public struct Input: Sendable {
        /// Seconds since 1970.
        public var time: Double
        public var workers: WorkersSeen?
        /// The last one that there was, however old.
        public var sighting: Sighting?
        /// Why there is none of this period.
        public var blindness: String?
        /// The policy's.
        public var answer: Result<Int, SteeringFailure>
        /// The fallback's; nil: none is set.
        public var fallback: Int?
        public var policy = ""
        public var digest = ""

        public init(
            time: Double, workers: WorkersSeen? = nil, sighting: Sighting? = nil, blindness: String? = nil,
            answer: Result<Int, SteeringFailure>, fallback: Int? = nil
        ) {
            (self.time, self.workers, self.sighting, self.blindness) = (time, workers, sighting, blindness)
            (self.answer, self.fallback) = (answer, fallback)
        }
    }

    public let settings: SteeringSettings
    public private(set) var memory: SteeringMemory
    /// Of the last decision; 0: none was made.
    public private(set) var number: Int

    /// A number that no function has: a policy that says more is out of its mind.
    public static let mostCredible = 1_000_000

    public init(_ settings: SteeringSettings, memory: SteeringMemory, number: Int) {
        (self.settings, self.memory, self.number) = (settings, memory, number)
    }

    public var mode: SteeringDecision.Mode { memory.mode }
    public var isOnFallback: Bool { memory.fallbackSince != nil }

    public mutating func set(mode: SteeringDecision.Mode) { memory.mode = mode }

    public mutating func set(pause: SteeringSettings.Direction?) { memory.pause = pause }

    /// The decision of a period.
    public mutating func decide(_ input: Input) -> SteeringDecision {
        let now = input.time
        let current = memory.asked ?? input.workers?.asked ?? settings.workers.initial
        let (answer, fault) = SteeringCourse.usable(input.answer)
        var switching = FallbackSwitch(
            quiet: settings.quiet, since: memory.fallbackSince, failedAt: memory.failedAt)
        if answer == nil { switching.fail(at: now) } else { switching.succeed(at: now) }
        (memory.fallbackSince, memory.failedAt) = (switching.since, switching.failedAt)
        let (proposed, author): (Int, SteeringDecision.Author) =
            if let answer, !switching.isActive {
                (answer, .policy)
            } else if let fallback = input.fallback {
                (max(fallback, 0), .fallback)
            } else {
                (current, .nobody)
            }
        let age = input.sighting.map { max(now - $0.time, 0) } ?? .infinity
        spend(until: now, workers: input.workers, asked: current)
        // What somebody recommended blindly is not held on to.
        if author != .nobody, age <= settings.staleAfter {
            memory.recommendations.append(.init(time: now, count: settings.workers.clamp(proposed)))
        }
        memory.recommendations.removeAll { $0.time < now - settings.holdDown || $0.time > now }
        var context = RailContext(time: now, settings: settings, current: current)
        context.inputAge = age
        context.oldestAge = age <= settings.staleAfter ? input.sighting?.oldestAge : nil
        context.recommendations = memory.recommendations
        context.spent = memory.spent
        context.pause = memory.pause
        let (asked, refusals) = Rail.apply(proposed, context)
        number += 1
        if mode == .steer { memory.found = memory.found ?? input.workers?.asked }
        // Advice changes nothing, so the next one goes on from what is there.
        memory.asked = mode == .steer ? asked : nil
        memory.time = now
        return SteeringDecision(
            number: number, time: now, function: settings.function, mode: mode, sighting: input.sighting,
            blindness: input.blindness, inputAge: age.isFinite ? age : -1, workers: input.workers, before: current,
            recommended: (try? input.answer.get()), fault: fault, author: author, proposed: proposed,
            refusals: refusals, asked: asked, policy: input.policy, digest: input.digest)
    }

    /// The way back: a last decision that asks for what was there before the function was steered, within the bounds; from then on
    /// there is advice only. Nil where nothing was ever asked for.
    public mutating func revert(_ input: Input) -> SteeringDecision? {
        defer { (memory.mode, memory.asked, memory.found) = (.advise, nil, nil) }
        guard mode == .steer, let found = memory.found else { return nil }
        let current = memory.asked ?? input.workers?.asked ?? settings.workers.initial
        let asked = settings.workers.clamp(found)
        spend(until: input.time, workers: input.workers, asked: current)
        memory.time = input.time
        number += 1
        return SteeringDecision(
            number: number, time: input.time, function: settings.function, mode: .steer, sighting: nil, blindness: nil,
            inputAge: -1, workers: input.workers, before: current, recommended: nil, fault: nil, author: .revert,
            proposed: found, refusals: [], asked: asked, policy: input.policy, digest: input.digest)
    }

    private static func usable(_ answer: Result<Int, SteeringFailure>) -> (Int?, fault: String?) {
        switch answer {
        case .failure(let failure): (nil, failure.description)
        case .success(let count) where count < 0:
            (nil, "the policy asks for \(count) workers; expected 0 or more")
        case .success(let count) where count > mostCredible:
            (nil, "the policy asks for \(count) workers; expected \(mostCredible) at most")
        case .success(let count): (count, nil)
        }
    }

    /// Books what the workers have cost since the last decision. A day begins with nothing spent; what passed while nobody looked
    /// counts for three periods at most, since nobody knows what was there.
    private mutating func spend(until now: Double, workers: WorkersSeen?, asked: Int) {
        let day = Int((now / 86_400).rounded(.down))
        if day != memory.day { (memory.day, memory.spent) = (day, 0) }
        guard memory.time > 0 else { return }
        let passed = min(max(now - max(memory.time, Double(day) * 86_400), 0), 3 * settings.period)
        memory.spent += passed * Double(max(workers?.asked ?? asked, 0))
    }
}
