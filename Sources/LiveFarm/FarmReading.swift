import Farm

extension FarmMeter {
    /// A farm's present state. Times and rates are the scenario's where nothing else is said.
    public struct Reading: Sendable, Hashable {
        public var scenario = ""
        /// Scenario seconds in a real one.
        public var speed = 1.0
        /// What the workers are on, for people.
        public var platform = ""
        /// How many episodes have begun, and whether one is under way.
        public var episode = 0
        public var isRunning = false
        /// Windows of the episode that have ended, and its length in windows.
        public var step = 0
        public var steps = 0
        public var queued = 0
        public var running = 0
        /// Age of the oldest task that waits; 0 when none waits.
        public var oldestAge = 0.0
        /// Workers as the agent asked for them, before the bounds, and after.
        public var recommended = 0
        public var desired = 0
        public var ready = 0
        public var starting = 0
        public var draining = 0
        /// Real seconds since the workers were last looked at.
        public var readyAge = 0.0
        /// Whether the platform answered the last look.
        public var isReachable = true
        /// Of the last window: tasks that came, that met their deadline and that missed it, and the mean time from coming to result.
        public var arrivals = 0
        public var arrivalRate = 0.0
        public var met = 0
        public var missed = 0
        public var responseMean: Double?
        /// Of the episode.
        public var done = 0
        public var failed = 0

        /// Share of the last window's decided tasks that met their deadline; nil: none was decided.
        public var qos: Double? { met + missed == 0 ? nil : Double(met) / Double(met + missed) }

        /// Takes in another farm: counts add up, of ages the greater stays.
        mutating func add(_ other: Reading) {
            queued += other.queued
            running += other.running
            recommended += other.recommended
            desired += other.desired
            ready += other.ready
            starting += other.starting
            draining += other.draining
            met += other.met
            missed += other.missed
            oldestAge = max(oldestAge, other.oldestAge)
            readyAge = max(readyAge, other.readyAge)
            isReachable = isReachable && other.isReachable
        }
    }
}

extension LiveFarm {
    /// The farm's present state, for its meter.
    var reading: FarmMeter.Reading {
        let now = clock.now
        var reading = FarmMeter.Reading(
            scenario: scenario.name, speed: speed, platform: form.platform, episode: episode.begun,
            isRunning: episode.isRunning, steps: scenario.steps)
        if episode.isRunning {
            let totals = episode.ledger.totals
            (reading.queued, reading.running) = (totals.queued, totals.running)
            (reading.done, reading.failed) = (totals.done, totals.failed)
            reading.oldestAge = episode.ledger.oldestAge(at: now)
        }
        reading.step = episode.windowIndex
        (reading.desired, reading.ready) = (pool.desired, pool.ready)
        (reading.starting, reading.draining) = (pool.starting, pool.draining)
        let change = episode.change
        reading.recommended = max(0, pool.desired - change.applied + change.requested)
        reading.readyAge = pool.oldestSight.map { clock.real(max(0, now - $0)) / .seconds(1) } ?? 0
        reading.isReachable = condition.outage.reason == nil
        if let window = episode.last {
            (reading.arrivals, reading.arrivalRate) = (window.arrivals, window.arrivalRate)
            (reading.met, reading.missed) = (window.met, window.missed)
            reading.responseMean = window.responseTimeMean
        }
        return reading
    }
}
