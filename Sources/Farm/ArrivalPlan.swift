import Randomness

/// Arrivals prepared for drawing: stretches of time in which the rate is linear, so that the time of the next task follows
/// from the expected number of tasks until it in closed form.
struct ArrivalPlan: Sendable, Hashable {
    /// A stretch of time with a linear rate.
    struct Segment: Sendable, Hashable {
        var start: Double
        var seconds: Double
        /// Tasks a second at the start.
        var rate: Double
        /// Change of the rate a second.
        var slope: Double

        /// Expected tasks.
        var mass: Double { seconds * (rate + slope * seconds / 2) }

        /// The time after which `mass` tasks are expected.
        @inline(__always)
        func time(ofMass mass: Double) -> Double {
            if slope == 0 { return rate > 0 ? start + mass / rate : start }
            let sum = rate + max(0, rate * rate + 2 * slope * mass).squareRoot()
            return sum > 0 ? start + min(seconds, 2 * mass / sum) : start
        }
    }

    /// Segments in a row that belong together.
    struct Group: Sendable, Hashable {
        var segments: Range<Int>
        /// Expected tasks.
        var mass: Double
        /// Exactly so many; nil: a Poisson process.
        var tasks: Int?
        var start: Double
        var end: Double
    }

    private(set) var segments: [Segment] = []
    private(set) var groups: [Group] = []

    /// A sine is as many straight pieces a cycle; they leave it by 0.12 % of its amplitude at most.
    static let piecesPerCycle = 64
    /// In all phases together.
    static let mostSegments = 200_000

    init(phases: [Arrivals.Phase]) {
        var start = 0.0
        for phase in phases {
            append(phase, at: start)
            start += phase.seconds
        }
    }

    init(trace: ArrivalTrace) {
        for (index, count) in trace.counts.enumerated() {
            let start = Double(index) * trace.seconds
            let rate = count / trace.seconds
            segments.append(Segment(start: start, seconds: trace.seconds, rate: rate, slope: 0))
            guard trace.isExact else { continue }
            let range = segments.count - 1..<segments.count
            groups.append(
                Group(segments: range, mass: count, tasks: Int(count), start: start, end: start + trace.seconds))
        }
        guard !trace.isExact else { return }
        let mass = segments.reduce(0) { $0 + $1.mass }
        groups.append(Group(segments: 0..<segments.count, mass: mass, tasks: nil, start: 0, end: trace.duration))
    }

    /// By the rates alone.
    var expectedTasks: Double { segments.reduce(0) { $0 + $1.mass } }

    /// Straight pieces of a phase.
    static func pieceCount(_ rate: Arrivals.Rate) -> Int {
        guard case .sine(_, _, let cycles) = rate, cycles > 0 else { return 1 }
        return max(piecesPerCycle, Int((cycles * Double(piecesPerCycle)).rounded(.up)))
    }

    private mutating func append(_ phase: Arrivals.Phase, at start: Double) {
        guard phase.seconds > 0 else { return }
        let first = segments.count
        let pieces = ArrivalPlan.pieceCount(phase.rate)
        let width = phase.seconds / Double(pieces)
        for piece in 0..<pieces {
            let low = max(0, phase.rate.value(at: Double(piece) / Double(pieces)))
            let high = max(0, phase.rate.value(at: Double(piece + 1) / Double(pieces)))
            segments.append(
                Segment(
                    start: start + Double(piece) * width, seconds: width, rate: low, slope: (high - low) / width))
        }
        let mass = segments[first...].reduce(0) { $0 + $1.mass }
        groups.append(
            Group(
                segments: first..<segments.count, mass: mass, tasks: mass > 0 ? phase.tasks : 0, start: start,
                end: start + phase.seconds))
    }
}
