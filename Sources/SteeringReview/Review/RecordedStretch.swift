import Episodes
import Farm
import Steering

/// What was recorded of a stretch of a function's steering: its decisions on the grid of its periods, and its calls.
struct RecordedStretch {
    /// Of a decision, what a review needs.
    struct Point {
        let time: Double
        /// What the platform had been told once the decision was done with.
        let present: Int
        /// What came out of the rails.
        let advised: Int
        let mode: SteeringDecision.Mode
    }

    let function: String
    let settings: SteeringSettings
    /// The policy of the last decision, as it was configured.
    let policy: String
    /// Of the first decision, seconds since 1970.
    let begin: Double
    /// Periods.
    let steps: Int
    let points: [Point]
    let calls: [ServedTask]
    /// What the source counted, where there are no calls.
    let counts: CountedArrivals
    /// What somebody should know.
    let notes: [String]

    var end: Double { begin + Double(steps) * settings.period }

    /// Calls that a scenario may have.
    private static let mostCalls = 1_000_000
    private static let mostSteps = 1_000_000

    /// - Throws: ``ReviewError`` where there are no decisions, no settings, or no calls, with what there is instead;
    ///   `EpisodeStoreError`.
    init(_ history: SteeringHistory, of function: String, from: Double, to: Double) throws {
        var points: [Point] = []
        var counts = CountedArrivals()
        var last: RecordedDecision?
        var policies: [String] = []
        var settingsRows: Set<Int64> = []
        var page: [RecordedDecision] = []
        repeat {
            page = try history.decisions(of: function, from: from, to: to, after: last?.decision.number ?? 0)
            for recorded in page {
                points.append(Point(recorded))
                if let sighting = recorded.decision.sighting { counts.add(sighting) }
                if policies.last != recorded.decision.policy { policies.append(recorded.decision.policy) }
                if let row = recorded.settings { settingsRows.insert(row) }
            }
            last = page.last ?? last
        } while !page.isEmpty
        guard let first = points.first, let last else {
            throw try history.refusal(function, lacks: "decisions", from: from, to: to)
        }
        guard let row = last.settings, let settings = try history.settings(row) else {
            throw ReviewError(
                "\(history.path) does not say how \(function) was steered, so that its calls cannot be played again; "
                    + "review a stretch that was written by `faasfarm steer`")
        }
        points.sort { $0.time < $1.time }
        let end = min(to, last.decision.time + settings.period)
        let steps = max(((end - first.time) / settings.period).rounded(), 1)
        guard steps <= Double(RecordedStretch.mostSteps) else {
            throw ReviewError(
                "the stretch has \(Int(steps)) periods; \(RecordedStretch.mostSteps) are the most: give a shorter one with --from and --to"
            )
        }
        (self.function, self.settings, begin, self.steps) = (function, settings, first.time, Int(steps))
        (self.points, self.counts, policy) = (points, counts, last.decision.policy)
        calls = try RecordedStretch.calls(
            history, of: function, from: first.time, to: first.time + steps * settings.period)
        let counted = counts.count(from: first.time, to: first.time + steps * settings.period)
        guard !calls.isEmpty || counted > 0 else {
            throw try history.refusal(function, lacks: "calls", from: from, to: to)
        }
        var notes: [String] = []
        if points.count * 10 < Int(steps) * 9 {
            notes.append(
                "\(points.count) decisions in \(Int(steps)) periods: while none was made, the number before is taken")
        }
        if policies.count > 1 {
            notes.append(
                "the policy changed in the stretch: \(policies.joined(separator: ", ")); the last one is taken")
        }
        if settingsRows.count > 1 { notes.append("the settings changed in the stretch; the last ones are taken") }
        if !calls.isEmpty, Double(calls.count) < 0.9 * counted {
            notes.append(
                "\(calls.count) calls are recorded and \(Int(counted.rounded())) were counted: the others are not in the review"
            )
        }
        self.notes = notes
    }

    private static func calls(
        _ history: SteeringHistory, of function: String, from: Double, to: Double
    ) throws -> [ServedTask] {
        let count = try history.store.servedCount(of: function, in: from..<to)
        guard count <= mostCalls else {
            throw ReviewError(
                "the stretch has \(count) calls; \(mostCalls) are the most: give a shorter one with --from and --to")
        }
        var calls: [ServedTask] = []
        calls.reserveCapacity(count)
        var page: [ServedTask] = []
        repeat {
            page = try history.served(of: function, from: from, to: to, after: calls.last)
            calls += page
        } while !page.isEmpty && calls.count < mostCalls
        return calls
    }

    /// The number that was in force for the most of each period.
    func plan(_ number: (Point) -> Int) -> [Staffing] {
        var next = points.startIndex
        var count = points.first.map(number) ?? settings.workers.initial
        return (0..<steps).map { step in
            // Decisions come a little before or after their instant, by less than half of a period.
            let middle = begin + (Double(step) + 0.5) * settings.period
            while next < points.endIndex, points[next].time <= middle {
                count = number(points[next])
                next += 1
            }
            return Staffing(max(count, 0))
        }
    }
}

extension RecordedStretch.Point {
    init(_ recorded: RecordedDecision) {
        let decision = recorded.decision
        let before = decision.workers?.asked ?? decision.before
        let present: Int =
            switch (decision.mode, recorded.outcome) {
            case (.advise, _), (_, .refused), (_, .advised): before
            case (.steer, .applied), (.steer, .unchanged), (.steer, nil): decision.asked
            }
        self.init(time: decision.time, present: present, advised: decision.asked, mode: decision.mode)
    }
}
