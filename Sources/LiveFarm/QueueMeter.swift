/// Finds out how many calls a queue runs at a time, and so how many to hand over: one at first, and more as long as more are
/// seen to run together.
///
/// What a queue has beyond what it runs waits there instead of here, in an order that is not ours, with limits that pass. A run
/// is known by when its result came and how long it is said to have taken.
struct QueueMeter {
    /// As many as were seen to run at a time.
    private(set) var concurrency = 1
    /// As many as may be with the queue: ``concurrency``, or more while that is tried.
    private(set) var allowed = 1
    private var runs: [(begin: Double, end: Double)] = []
    /// Results that came in a row while as many were with the queue as may be.
    private var full = 0
    private var isTrying = true

    /// Full results after which a number that was found is put to the test again.
    private static let patience = 64

    /// Adds a result that came at `time` after a run of `duration`, both in seconds, while `waiting` calls were with the
    /// queue, this one among them.
    ///
    /// - Returns: the concurrency, each time that it turns out to be less than was tried.
    mutating func add(at time: Double, duration: Double, waiting: Int) -> Int? {
        guard duration > 0 else { return nil }
        runs.append((time - duration, time))
        if runs.count > 2 * allowed + 8 { runs.removeFirst() }
        full = waiting >= allowed ? full + 1 : 0
        // Looked at less often where there is more to look at.
        if isTrying, allowed < 16 || runs.count % 8 == 0 { concurrency = max(concurrency, together) }
        if isTrying, concurrency >= allowed {
            allowed = 2 * concurrency
            full = 0
            return nil
        }
        if isTrying {
            guard full >= max(4, 2 * allowed) else { return nil }
            isTrying = false
        } else {
            guard full >= Self.patience else { return nil }
            isTrying = true
        }
        // Both ways: a queue may have lost workers since.
        concurrency = max(1, together)
        allowed = isTrying ? concurrency + max(1, concurrency / 4) : concurrency
        runs = []
        full = 0
        return isTrying ? nil : concurrency
    }

    /// The most runs that were under way in the middle of one. What was seen once only may be two results that came late.
    private var together: Int {
        let begins = runs.map(\.begin).sorted()
        let ends = runs.map(\.end).sorted()
        let counts = runs.map { run in
            let middle = (run.begin + run.end) / 2
            return begins.count(upTo: middle) { $0 <= $1 } - ends.count(upTo: middle) { $0 < $1 }
        }.sorted(by: >)
        return counts.count > 1 ? counts[1] : counts.first ?? 1
    }
}

extension [Double] {
    /// How many elements of a sorted array `isBefore` a value.
    fileprivate func count(upTo value: Double, _ isBefore: (Double, Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle], value) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
