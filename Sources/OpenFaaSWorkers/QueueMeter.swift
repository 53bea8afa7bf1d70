/// Finds out how many calls a queue runs at a time, and so how many to hand over: one at first, and more as long as more are
/// seen to run together.
///
/// What a queue has beyond what it runs waits there instead of here, in an order that is not ours, with limits that pass. A
/// result may come late, by any time, so what counts as seen is what cannot be otherwise: a call ran from its result less
/// its duration, at the latest, until its handing over plus its duration, at the earliest. Times are seconds.
struct QueueMeter {
    /// As many as were seen to run at a time.
    private(set) var concurrency = 1
    /// As many as may be with the queue: ``concurrency``, or more while that is tried.
    private(set) var allowed = 1
    private var runs: [Run] = []
    private var isTrying = true
    private var seen = 0
    /// Results that came in a row while as many were with the queue as may be; and of those, after the last look, how many
    /// calls had waited.
    private var full = 0
    private var waited = 0

    private struct Run {
        let handedOver: Double
        let begin: Double
        let end: Double

        var duration: Double { end - begin }
        var hasWaited: Bool { begin - handedOver > max(0.5 * duration, 0.05) }

        /// When it ran for certain; empty when it waited as long as it ran. Of runs that are as short as a message takes,
        /// when it seems to have run: too many of those do no harm.
        var certain: (begin: Double, end: Double) {
            let end = duration < 0.05 ? end : handedOver + duration
            // Runs that touch do not overlap.
            return (begin + 0.05 * duration, end - 0.05 * duration)
        }
    }

    /// Adds the result of a call that was handed over at `handedOver`, came at `time` and ran for `duration`, while `waiting`
    /// calls were with the queue, this one among them.
    ///
    /// - Returns: the concurrency, each time that it turns out to be less than was tried.
    mutating func add(at time: Double, handedOver: Double, duration: Double, waiting: Int) -> Int? {
        guard duration > 0 else { return nil }
        let run = Run(handedOver: handedOver, begin: time - duration, end: time)
        runs.append(run)
        if runs.count > 2 * allowed + 8 { runs.removeFirst(runs.count - 2 * allowed - 8) }
        seen += 1
        full = waiting >= allowed ? full + 1 : 0
        waited = full == 0 ? 0 : waited + (run.hasWaited ? 1 : 0)
        let sample = max(8, 2 * allowed)
        if isTrying {
            // Looked at less often where there is more to look at.
            if allowed < 16 || seen % 8 == 0 { concurrency = max(concurrency, certainlyTogether) }
            if concurrency >= allowed {
                allowed = 2 * concurrency
                full = 0
                return nil
            }
            return full >= max(4, 2 * allowed) ? settle() : nil
        }
        if full > 0, full % sample == 0 {
            // The queue has lost workers, or others use it.
            let isSlow = 2 * waited > sample
            waited = 0
            if isSlow {
                concurrency = min(concurrency, seeminglyTogether)
                return settle()
            }
        }
        if full >= max(64, 2 * sample) {
            isTrying = true
            full = 0
            allowed = concurrency + max(1, concurrency / 4)
        }
        return nil
    }

    private mutating func settle() -> Int {
        isTrying = false
        allowed = concurrency
        full = 0
        waited = 0
        return concurrency
    }

    /// The most calls that were under way at once beyond doubt.
    private var certainlyTogether: Int {
        let spans = runs.map(\.certain).filter { $0.begin < $0.end }
        let begins = spans.map(\.begin).sorted()
        let ends = spans.map(\.end).sorted()
        return begins.map { time in
            begins.count(upTo: time) { $0 <= $1 } - ends.count(upTo: time) { $0 < $1 }
        }.max() ?? 1
    }

    /// The most calls that seem to have been under way in the middle of one, at least twice.
    private var seeminglyTogether: Int {
        let begins = runs.map(\.begin).sorted()
        let ends = runs.map(\.end).sorted()
        let counts = runs.map { run in
            let middle = (run.begin + run.end) / 2
            return begins.count(upTo: middle) { $0 <= $1 } - ends.count(upTo: middle) { $0 < $1 }
        }.sorted(by: >)
        return max(1, counts.dropFirst().first ?? 1)
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
