import Steering

/// What has happened at a function's ingress, as a value: since its start, and since it was last told.
struct IngressTally {
    private(set) var counts = FunctionIngress.Counts()
    private var told = FunctionIngress.Counts()
    private var arrivals: ArrivalBins
    private var toldAt: Double
    private var seconds = (service: 0.0, response: 0.0, number: 0)

    init(from start: Double) {
        arrivals = ArrivalBins(from: start)
        toldAt = start
    }

    mutating func arrive(at time: Double) {
        counts.arrivals += 1
        arrivals.add(at: time)
    }

    mutating func end(_ call: ServedCall) {
        counts.completions += 1
        if call.hasFailed { counts.failures += 1 }
        if call.met { counts.met += 1 } else { counts.missed += 1 }
        switch call.end {
        case .late: counts.late += 1
        case .full: counts.full += 1
        case .gone: counts.gone += 1
        case .answered:
            seconds.service += call.served ?? 0
            seconds.response += call.response
            seconds.number += 1
        case .unanswered, .ended: break
        }
    }

    mutating func note(repeated count: Int) { counts.repeated += count }

    mutating func note(interrupted count: Int) {
        counts.interrupted += count
        counts.completions += count
        counts.failures += count
        counts.missed += count
    }

    mutating func collide() { counts.collisions += 1 }

    /// What has happened since the last time, with the line as it is.
    mutating func tell(_ line: CallLine<some Any>, at now: Double, date: Double) -> Sighting {
        var sighting = Sighting(time: date, seconds: max(now - toldAt, 0))
        sighting.arrivals = counts.arrivals - told.arrivals
        sighting.recentRate = arrivals.recentRate(at: now)
        sighting.completions = counts.completions - told.completions
        sighting.failures = counts.failures - told.failures
        sighting.met = counts.met - told.met
        sighting.missed = counts.missed - told.missed
        sighting.running = line.running
        sighting.queued = line.waiting
        sighting.oldestAge = line.oldestArrival.map { max(now - $0, 0) } ?? 0
        if seconds.number > 0 {
            sighting.serviceSeconds = seconds.service / Double(seconds.number)
            sighting.responseSeconds = seconds.response / Double(seconds.number)
        }
        (told, toldAt, seconds) = (counts, now, (0, 0, 0))
        arrivals = ArrivalBins(from: now)
        return sighting
    }
}
