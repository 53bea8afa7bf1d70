public import Randomness

/// The times of an episode's tasks, one after the other; nothing is kept of those that have passed.
public struct ArrivalCursor: Sendable {
    private enum Kind: Sendable {
        case rates, paced, bag
    }

    private let arrivals: Arrivals
    private let horizon: Double
    private let sampling = Sampling()
    /// Exponential draws made in advance for a Poisson process, and how many of them have been used up.
    private var draws = ContiguousArray<Double>(repeating: 0, count: ArrivalCursor.drawsAtOnce)
    private var drawsUsed = ArrivalCursor.drawsAtOnce
    private var kind: Kind
    private var plan: ArrivalPlan
    /// Bag: the next entry. Rates: the next group. Paced: the next phase.
    private var index = 0

    // Rates: the segment under way.
    private var segment = ArrivalPlan.Segment(start: 0, seconds: 0, rate: 0, slope: 0)
    private var nextSegment = 0
    private var lastSegment = 0
    /// Expected tasks of the segment, and how many of them have been used up.
    private var mass = 0.0
    private var used = 0.0
    /// Tasks that the group still has to bring; -1: a Poisson process.
    private var left = 0
    /// Expected tasks of the group that are not used up.
    private var groupMass = 0.0

    // Paced.
    private var windowsLeft = 0
    private var inWindow = 0
    private var meanGap = 0.0
    private var time = 0.0
    private var phaseStart = 0.0

    /// Begins at an episode's beginning.
    ///
    /// - Parameter generator: the episode's stream for arrivals.
    public init(_ scenario: Scenario, using generator: inout PCG64) {
        arrivals = scenario.arrivals
        horizon = scenario.horizon
        kind = .rates
        plan = ArrivalPlan(phases: [])
        switch scenario.arrivals {
        case .phases(let phases): plan = ArrivalPlan(phases: phases)
        case .trace(let trace): plan = ArrivalPlan(trace: trace)
        case .bag: kind = .bag
        case .paced: kind = .paced
        case .shuffled: break
        }
        begin(using: &generator)
    }

    /// Begins anew, as `init` did, without preparing again what does not change.
    public mutating func begin(using generator: inout PCG64) {
        index = 0
        nextSegment = 0
        lastSegment = 0
        mass = 0
        used = 0
        left = 0
        groupMass = 0
        windowsLeft = 0
        inWindow = 0
        time = 0
        phaseStart = 0
        drawsUsed = ArrivalCursor.drawsAtOnce
        if case .shuffled(let shuffled) = arrivals {
            plan = ArrivalPlan(phases: shuffled.draw(horizon: horizon, using: &generator))
        }
        if case .paced(let paced) = arrivals {
            time = paced.startMin + (paced.startMax - paced.startMin) * generator.nextDouble()
        }
    }

    /// The time of the next task, not before that of the last; infinity when there is none.
    public mutating func next(using generator: inout PCG64) -> Double {
        switch kind {
        case .rates: nextByRate(using: &generator)
        case .paced: nextPaced(using: &generator)
        case .bag: nextOfBag()
        }
    }

    /// Whether ``phasesToCome(at:)`` depends on how far it is, so that one that is ahead of the farm would tell it wrong.
    public var isPaced: Bool { kind == .paced }

    /// Phases that have not begun at `now`, given that the cursor's last task is not long after.
    public func phasesToCome(at now: Double) -> Int {
        switch arrivals {
        case .paced(let paced):
            // The first phase begins with the episode, though its first task comes later.
            min(paced.phases.count - (index - (now < phaseStart ? 1 : 0)), paced.phases.count - 1)
        case .shuffled: plan.groups.count { $0.start > now }
        case .phases, .trace, .bag: arrivals.phasesToCome(at: now)
        }
    }

    @inline(__always)
    private mutating func nextDraw(using generator: inout PCG64) -> Double {
        if drawsUsed == ArrivalCursor.drawsAtOnce {
            draws.withUnsafeMutableBufferPointer { sampling.exponentials(into: $0, using: &generator) }
            drawsUsed = 0
        }
        drawsUsed += 1
        return draws[drawsUsed - 1]
    }

    private static let drawsAtOnce = 32

    @inline(__always)
    private mutating func nextByRate(using generator: inout PCG64) -> Double {
        if left > 0 { return nextOfCount(using: &generator) }
        var step = left < 0 ? nextDraw(using: &generator) : sampling.exponential(using: &generator)
        while true {
            if left < 0 {
                let room = mass - used
                if step < room {
                    used += step
                    return segment.time(ofMass: used)
                }
                // What is left of the draw goes into the next segment; so it does into the next group, as long as that is
                // a Poisson process too.
                step -= room
            }
            if nextSegment < lastSegment {
                enterSegment()
            } else if !enterGroup() {
                // What is left of the last segment is not drawn from again.
                used = mass
                return .infinity
            } else if left > 0 {
                return nextOfCount(using: &generator)
            }
        }
    }

    /// One of the order statistics of so many uniform draws on what is left of the group's expected tasks.
    private mutating func nextOfCount(using generator: inout PCG64) -> Double {
        let share = 1 - Elementary.exp(Elementary.log(sampling.positiveUniform(using: &generator)) / Double(left))
        left -= 1
        var step = groupMass * share
        groupMass -= step
        while step >= mass - used, nextSegment < lastSegment {
            step -= mass - used
            enterSegment()
        }
        used = min(used + step, mass)
        return segment.time(ofMass: used)
    }

    private mutating func enterSegment() {
        segment = plan.segments[nextSegment]
        nextSegment += 1
        mass = segment.mass
        used = 0
    }

    private mutating func enterGroup() -> Bool {
        guard index < plan.groups.count else { return false }
        let group = plan.groups[index]
        index += 1
        nextSegment = group.segments.lowerBound
        lastSegment = group.segments.upperBound
        groupMass = group.mass
        left = group.tasks ?? -1
        enterSegment()
        // A group that brings none is passed over.
        if left == 0 { nextSegment = lastSegment }
        return true
    }

    private mutating func nextOfBag() -> Double {
        guard case .bag(let bag) = arrivals, index < bag.tasks.count else { return .infinity }
        defer { index += 1 }
        return bag.tasks[index].at
    }

    private mutating func nextPaced(using generator: inout PCG64) -> Double {
        guard case .paced(let paced) = arrivals else { return .infinity }
        while inWindow == 0 {
            if windowsLeft == 0 || left == 0 {
                guard index < paced.phases.count else { return .infinity }
                left = paced.phases[index].tasks
                windowsLeft = paced.phases[index].windows
                index += 1
                phaseStart = time
                continue
            }
            let mean = Double(left) / Double(windowsLeft)
            inWindow = windowsLeft == 1 ? left : min(left, sampling.poisson(mean: mean, using: &generator))
            windowsLeft -= 1
            meanGap = paced.windowSeconds / Double(max(inWindow, 1))
            left -= inWindow
        }
        inWindow -= 1
        defer { time += meanGap * sampling.exponential(using: &generator) }
        return time
    }
}
