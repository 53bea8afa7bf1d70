import Yams

// The parts of a scenario file. Each is nil when its key is absent.

extension ServiceTime {
    static let keys = ["constant", "gamma", "lognormal", "exponential", "empirical"]
    /// The longest mean in a file, 11 days: draws stay far from what clocks and counters can hold.
    private static let longest = 1e6

    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let part = try document.document("service", keys: ServiceTime.keys + ["min", "max", "pixels", "drift"])
        else {
            return nil
        }
        let given = ServiceTime.keys.filter(part.has)
        guard given.count == 1, let kind = given.first else {
            let got = given.isEmpty ? "none" : given.joined(separator: " and ")
            throw part.error(
                "\(document.name("service")) must have one of \(ServiceTime.keys.joined(separator: ", ")); got \(got)",
                at: given.last)
        }
        let least = try part.number("min", to: ServiceTime.longest)
        let most = try part.number("max", to: ServiceTime.longest)
        self.init(try ServiceTime.distribution(kind, part), min: least ?? 0, max: most ?? .infinity)
        try part.check("max", max, isAtLeast: min, of: "min")
        if let grid = try part.document("pixels", keys: ["a", "b"]) {
            pixels = PixelTimes(a: try grid.required("a", from: 1e-12), b: try grid.required("b"))
        }
        drift = try ServiceDrift(part)
    }

    private static func distribution(_ kind: String, _ part: ScenarioDocument) throws(ScenarioError) -> Distribution {
        switch kind {
        case "gamma":
            guard let gamma = try part.document("gamma", keys: ["shape", "mean"]) else { break }
            return .gamma(shape: try gamma.required("shape", from: 0.01), mean: try gamma.required("mean", to: longest))
        case "lognormal":
            guard let lognormal = try part.document("lognormal", keys: ["mean", "cv"]) else { break }
            return .lognormal(
                mean: try lognormal.required("mean", to: longest), cv: try lognormal.required("cv", to: 20))
        case "exponential":
            guard let exponential = try part.document("exponential", keys: ["mean"]) else { break }
            return .exponential(mean: try exponential.required("mean", to: longest))
        case "empirical":
            return .empirical(try part.seconds("empirical", to: longest))
        default: break
        }
        return .constant(try part.required("constant", to: longest))
    }
}

extension DeadlineRule {
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let part = try document.document("deadline", keys: ["seconds", "factor", "min", "max"]) else {
            return nil
        }
        if let seconds = try part.number("seconds", from: 0.001) {
            if let other = ["factor", "min", "max"].first(where: part.has) {
                throw part.error(
                    "deadline.seconds is the same deadline for all tasks; it does not go with \(other)", at: other)
            }
            self.init(factor: 0, min: seconds, max: seconds)
        } else {
            guard part.has("factor") else {
                throw part.error(
                    "deadline has neither seconds, the same for all tasks, nor factor, times a task's service time")
            }
            self.init(
                factor: try part.required("factor"), min: try part.number("min") ?? 0,
                max: try part.number("max") ?? .infinity)
            try part.check("max", max, isAtLeast: min, of: "min")
        }
    }
}

extension WorkerBounds {
    /// More workers than any gateway that this was tried with runs.
    static let most = 10_000

    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let part = try document.document("workers", keys: ["min", "max", "initial"]) else { return nil }
        let least = try part.integer("min", from: 0, to: WorkerBounds.most) ?? 1
        guard let most = try part.integer("max", from: 1, to: WorkerBounds.most) else {
            throw part.error("\(part.name("max")) is missing; give a whole number from 1 to \(WorkerBounds.most)")
        }
        try part.check("max", Double(most), isAtLeast: Double(least), of: "min")
        let initial = try part.integer("initial", from: 0, to: WorkerBounds.most) ?? least
        guard (least...most).contains(initial) else {
            throw part.error(
                "\(part.name("initial")) is \(initial), expected workers.min to workers.max, \(least) to \(most)",
                at: "initial")
        }
        self.init(min: least, max: most, initial: initial)
    }
}

extension StartUpDelay {
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let node = document.node("start_up") else { return nil }
        guard node.mapping != nil else {
            self.init(mean: try document.number(node, document.name("start_up")))
            return
        }
        let part = try ScenarioDocument(
            node, file: document.file, path: document.name("start_up"),
            keys: ["mean", "sd", "min", "max", "tail", "empirical"])
        if part.has("empirical") {
            if let other = ["mean", "sd", "min", "max", "tail"].first(where: part.has) {
                throw part.error(
                    "\(part.name("empirical")) has all there is to say; it does not go with \(other)", at: other)
            }
            self.init(empirical: try part.seconds("empirical", to: 1e6))
            return
        }
        self.init(
            mean: try part.required("mean"), standardDeviation: try part.number("sd") ?? 0,
            min: try part.number("min", to: 1e10),
            max: try part.number("max", to: 1e10))
        // Draws outside the bounds are drawn again, so the bounds must hold a good part of them.
        try part.check("max", max, isAtLeast: min, of: "min")
        try part.check("mean", mean, isAtLeast: min, of: "min")
        try part.check("max", max, isAtLeast: mean, of: "mean")
        if let tail = try part.document("tail", keys: ["probability", "max"]) {
            tailProbability = try tail.required("probability", to: 1)
            tailMax = try tail.required("max", to: 1e10)
            try tail.check("max", tailMax, isAtLeast: max, of: "start_up.max")
        }
    }
}

extension RetryPolicy {
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let node = document.node("retry") else { return nil }
        if let text = node.scalar?.string {
            guard text == "never" else {
                throw document.error(
                    "retry must be never, or a mapping with max_attempts, first_delay, max_delay, attempt_limit; "
                        + "got \"\(text.prefix(40))\"", at: "retry")
            }
            self.init(maxAttempts: 1)
            return
        }
        let part = try ScenarioDocument(
            node, file: document.file, path: "retry",
            keys: ["max_attempts", "first_delay", "max_delay", "attempt_limit"])
        let usual = RetryPolicy()
        let first = try part.number("first_delay") ?? usual.firstDelay
        self.init(
            maxAttempts: try part.integer("max_attempts", from: 1, to: 1_000) ?? usual.maxAttempts, firstDelay: first,
            maxDelay: try part.number("max_delay") ?? Swift.max(usual.maxDelay, first),
            attemptLimit: try part.number("attempt_limit", from: 0.001) ?? usual.attemptLimit)
        if part.has("first_delay") || part.has("max_delay") {
            try part.check("max_delay", maxDelay, isAtLeast: firstDelay, of: "first_delay")
        }
    }
}
