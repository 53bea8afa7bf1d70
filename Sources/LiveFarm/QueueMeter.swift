/// Finds out how many calls a queue runs at a time: from when results came, and how long each is said to have run.
struct QueueMeter {
    private var runs: [(begin: Double, end: Double)] = []
    private var leastWaiting = Int.max
    private var isDone = false

    /// Results that are looked at.
    static let sample = 32

    /// Adds a result that came at `time` after a run of `duration`, both in seconds, while `waiting` calls were with the
    /// queue, this one among them.
    ///
    /// - Returns: the concurrency, once, when it is found to be less than what was with the queue all the time.
    mutating func add(at time: Double, duration: Double, waiting: Int) -> Int? {
        guard !isDone, duration > 0 else { return nil }
        runs.append((time - duration, time))
        leastWaiting = min(leastWaiting, waiting)
        guard runs.count >= Self.sample else { return nil }
        defer {
            runs = []
            leastWaiting = .max
        }
        let count = concurrency
        guard count < leastWaiting else { return nil }
        isDone = true
        return count
    }

    private var concurrency: Int {
        // Runs that touch do not overlap: a tenth of each is given away.
        let edges = runs.flatMap { run in
            let margin = (run.end - run.begin) * 0.05
            return [(run.begin + margin, 1), (run.end - margin, -1)]
        }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        var now = 0
        var most = 0
        for (_, change) in edges {
            now += change
            most = max(most, now)
        }
        return most
    }
}
