/// What is known of the functions of a pool, and the worker-time they cost. Times are scenario seconds.
struct WorkerPool {
    struct Function {
        let name: String
        /// Replicas asked for last.
        var asked = 0
        /// Replicas that could take a call when the gateway was last seen.
        var available = 0
        var inFlight = 0
        /// A scale call is under way.
        var isScaling = false
        /// What the gateway was told last; nil before the first scale call of an episode.
        var told: Int?
        var seenAt: Double?
        /// After a failed scale call: not again before.
        var heldUntil = -Double.infinity
        /// Since when the gateway has not known the function.
        var missingSince: Double?

        /// A replica that is on its way out may still be counted as available, hence the bound.
        var ready: Int { min(available, asked) }
    }

    private(set) var functions: [Function]
    private var integratedTo = 0.0
    private(set) var time = WorkerTime()

    init(names: [String]) {
        functions = names.map { Function(name: $0) }
    }

    var desired: Int { functions.reduce(0) { $0 + $1.asked } }
    var ready: Int { functions.reduce(0) { $0 + $1.ready } }
    var inFlight: Int { functions.reduce(0) { $0 + $1.inFlight } }
    var starting: Int { functions.reduce(0) { $0 + max(0, $1.asked - $1.ready) } }
    /// An estimate: calls that run beyond the ready workers run on workers that are being taken away.
    var draining: Int { functions.reduce(0) { $0 + max(0, $1.inFlight - $1.ready) } }

    /// When the least recently seen function was seen; nil while one has never been.
    var oldestSight: Double? {
        var oldest = Double.infinity
        for function in functions {
            guard let seenAt = function.seenAt else { return nil }
            oldest = min(oldest, seenAt)
        }
        return oldest
    }

    /// The function with the most free workers; nil when no worker is free.
    var freest: Int? {
        let free = functions.indices.filter { functions[$0].ready > functions[$0].inFlight }
        return free.max { functions[$0].ready - functions[$0].inFlight < functions[$1].ready - functions[$1].inFlight }
    }

    /// Spreads `count` workers evenly; the first functions get what is left over.
    mutating func ask(for count: Int, at now: Double) {
        integrate(to: now)
        for index in functions.indices {
            functions[index].asked = count / functions.count + (index < count % functions.count ? 1 : 0)
        }
    }

    /// Functions whose gateway does not yet know what is asked for, and may be told now.
    func outOfDate(at now: Double) -> [Int] {
        functions.indices.filter {
            functions[$0].told != functions[$0].asked && !functions[$0].isScaling && functions[$0].heldUntil <= now
        }
    }

    mutating func beginCall(_ index: Int, at now: Double) {
        integrate(to: now)
        functions[index].inFlight += 1
    }

    mutating func endCall(_ index: Int, at now: Double) {
        integrate(to: now)
        functions[index].inFlight -= 1
    }

    mutating func beginScaling(_ index: Int) -> Int {
        functions[index].isScaling = true
        functions[index].told = functions[index].asked
        return functions[index].asked
    }

    /// The gateway could not be told; it is told again after `delay` seconds.
    mutating func failScaling(_ index: Int, delay: Double, at now: Double) {
        functions[index].isScaling = false
        functions[index].told = nil
        functions[index].heldUntil = now + delay
    }

    /// The gateway made it `replicas` where `told` were asked for.
    ///
    /// - Returns: whether the gateway limited the number.
    mutating func endScaling(_ index: Int, replicas: Int, at now: Double) -> Bool {
        integrate(to: now)
        functions[index].isScaling = false
        guard let told = functions[index].told, replicas != told else { return false }
        if functions[index].asked == told {
            functions[index].asked = replicas
            functions[index].told = replicas
        }
        return true
    }

    /// A status of the function; nil when the gateway does not know it.
    mutating func see(_ index: Int, available: Int?, at now: Double) {
        integrate(to: now)
        if let available {
            functions[index].available = available
            functions[index].seenAt = now
            functions[index].missingSince = nil
        } else if functions[index].missingSince == nil {
            functions[index].missingSince = now
        }
    }

    /// Begins an episode's accounts at time 0; `age` is how old the last sight may be taken to be.
    mutating func startAccounts() {
        for index in functions.indices where functions[index].seenAt != nil { functions[index].seenAt = 0 }
        for index in functions.indices {
            functions[index].missingSince = nil
            functions[index].heldUntil = -.infinity
        }
        integratedTo = 0
        time = WorkerTime()
    }

    /// Ends a window's accounts.
    mutating func closeWindow(at now: Double) -> WorkerTime {
        integrate(to: now)
        defer { time = WorkerTime() }
        return time
    }

    private mutating func integrate(to now: Double) {
        let seconds = now - integratedTo
        guard seconds > 0 else { return }
        integratedTo = now
        time.paid += Double(starting + ready + draining) * seconds
        time.ready += Double(ready) * seconds
        time.able += Double(ready + draining) * seconds
        time.busy += Double(inFlight) * seconds
    }
}

/// Integrals over a window, in worker-seconds.
struct WorkerTime {
    /// ∫ (starting + ready + draining) dt.
    var paid = 0.0
    var ready = 0.0
    /// ∫ (ready + draining) dt.
    var able = 0.0
    /// ∫ calls in flight dt.
    var busy = 0.0
}
