import Steering

/// Calls that a source counted, over time.
struct CountedArrivals {
    /// Calls until a time, of which the function in between is a straight line.
    private var times: [Double] = []
    private var totals: [Double] = []
    /// Time in the function, and the calls that it is of.
    private(set) var service = 0.0
    private(set) var served = 0.0

    /// The mean that was measured, in seconds; nil: none was.
    var meanService: Double? { served > 0 ? service / served : nil }

    /// Sightings come in the order of their times; one that is shown again counts once.
    mutating func add(_ sighting: Sighting) {
        let last = times.last ?? -.infinity
        guard sighting.time > last, sighting.seconds > 0, let arrivals = sighting.arrivals, arrivals >= 0 else {
            return
        }
        let begin = max(sighting.time - sighting.seconds, last)
        let total = totals.last ?? 0
        if begin > last {
            times.append(begin)
            totals.append(total)
        }
        times.append(sighting.time)
        totals.append(total + Double(arrivals))
        if let mean = sighting.serviceSeconds, mean > 0, mean.isFinite {
            let count = Double(max(sighting.completions ?? arrivals, 0))
            service += mean * count
            served += count
        }
    }

    /// Calls that came in a stretch of time.
    func count(from: Double, to: Double) -> Double { total(at: to) - total(at: from) }

    /// Whole numbers of calls, one a window, which add up to all that came.
    func counts(from begin: Double, windows: Int, of seconds: Double) -> [Double] {
        let edges = (0...windows).map { total(at: begin + Double($0) * seconds).rounded() }
        return zip(edges, edges.dropFirst()).map { $1 - $0 }
    }

    private func total(at time: Double) -> Double {
        // The first point that is not before it.
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        guard low < times.count else { return totals.last ?? 0 }
        guard low > 0 else { return totals[0] }
        let share = (time - times[low - 1]) / (times[low] - times[low - 1])
        return totals[low - 1] + share * (totals[low] - totals[low - 1])
    }
}
