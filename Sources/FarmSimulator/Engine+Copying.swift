import Farm

extension Engine {
    /// Becomes what another engine of the same scenario is, but for its quantiles of response times.
    mutating func takeOver(_ other: borrowing Engine) {
        (tape, tapePlace, arrivalCursor) = (other.tape, other.tapePlace, other.arrivalCursor)
        for index in services.indices { services[index] = other.services[index] }
        servicesUsed = other.servicesUsed
        (arrivalStream, serviceStream) = (other.arrivalStream, other.serviceStream)
        (startUpStream, faultStream, platformStream) = (other.startUpStream, other.faultStream, other.platformStream)
        events.takeOver(other.events)
        queue.takeOver(other.queue)
        parked.takeOver(other.parked)
        workers.takeOver(other.workers)
        serviceTimes.takeOver(other.serviceTimes)
        responseTimes.removeAll()
        (now, nextArrival, longestDeadline) = (other.now, other.nextArrival, other.longestDeadline)
        (requestedAt, starting, busy) = (other.requestedAt, other.starting, other.busy)
        (occupied, retiring, stopping) = (other.occupied, other.retiring, other.stopping)
        (desired, tally, totals, areas) = (other.desired, other.tally, other.totals, other.areas)
    }
}
