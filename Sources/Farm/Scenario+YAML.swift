import Yams

extension Scenario {
    /// Reads a scenario file (docs/farm.md lists the keys).
    ///
    /// - Parameter file: its name, for messages.
    /// - Throws: ``ScenarioError`` with file, line and reason.
    public init(yaml: String, file: String) throws {
        guard yaml.utf8.count <= 4 << 20 else { throw ScenarioError(file: file, line: 0, reason: "a scenario may have 4 MiB at most") }
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw ScenarioError(file: file, line: error.line, reason: "not YAML: \(error)")
        }
        guard let root else { throw ScenarioError(file: file, line: 0, reason: "the scenario is empty") }
        var document = try ScenarioDocument(root, file: file)
        self.init(
            name: try document.text("name") ?? "unnamed",
            version: try document.integer("version", from: 1, to: 1_000_000) ?? 1,
            summary: try document.text("summary") ?? "",
            arrivals: try Scenario.arrivals(&document),
            service: try Scenario.service(&document),
            deadline: try Scenario.deadline(&document),
            workers: try Scenario.workers(&document),
            startUp: try Scenario.startUp(&document),
            stepSeconds: try document.required("step", from: 0.001),
            steps: try document.integer("steps", from: 1, to: 1_000_000) ?? 30,
            scaling: try document.choice("scaling", Scaling.self) ?? .unblocked,
            work: try document.choice("work", WorkMode.self) ?? .sleep,
            retry: try Scenario.retry(&document))
        try document.refuseUnknownKeys()
    }

    private static func arrivals(_ document: inout ScenarioDocument) throws -> Arrivals {
        guard var part = try document.document("arrivals") else { throw document.error("arrivals is missing: give phases, or a bag") }
        let phases = part.node("phases")
        let bag = part.node("bag")
        try part.refuseUnknownKeys()
        if let bag {
            guard phases == nil else { throw part.error("arrivals has phases and a bag; give one of them") }
            guard let text = bag.string else { throw part.error("arrivals.bag must be text in JSON Lines", at: "bag") }
            return .bag(try TaskBag(jsonLines: text, firstLine: (bag.mark?.line ?? 0) + 1, file: part.file))
        }
        guard let nodes = phases?.sequence, !nodes.isEmpty else { throw part.error("arrivals.phases must be a list of at least one phase") }
        return .phases(try nodes.enumerated().map { try phase($0.element, index: $0.offset, file: part.file) })
    }

    private static func phase(_ node: Node, index: Int, file: String) throws -> Arrivals.Phase {
        var part = try ScenarioDocument(node, file: file, path: "arrivals.phases[\(index)]")
        guard let rateNode = part.node("rate") else { throw part.error("arrivals.phases[\(index)].rate is missing") }
        let rate: Arrivals.Rate
        if rateNode.mapping != nil {
            var rates = try ScenarioDocument(rateNode, file: file, path: "rate")
            if rates.keys.contains("mean") {
                rate = .sine(
                    mean: try rates.required("mean"), amplitude: try rates.required("amplitude"), cycles: try rates.required("cycles"))
            } else {
                rate = .ramp(from: try rates.required("from"), to: try rates.required("to"))
            }
            try rates.refuseUnknownKeys()
        } else {
            rate = .constant(try part.number(rateNode, "rate"))
        }
        let phase = Arrivals.Phase(
            name: try part.text("name") ?? "phase-\(index + 1)", seconds: try part.required("seconds", from: 0.001), rate: rate,
            tasks: try part.integer("tasks", from: 0, to: 10_000_000))
        try part.refuseUnknownKeys()
        if phase.tasks ?? 0 > 0, rate.peak <= 0 { throw part.error("a phase with tasks needs a rate above 0", at: "tasks") }
        return phase
    }

    private static func service(_ document: inout ScenarioDocument) throws -> ServiceTime {
        guard var part = try document.document("service") else {
            throw document.error("service is missing: give one of constant, gamma, lognormal, empirical")
        }
        let distribution: ServiceTime.Distribution
        if let seconds = try part.number("constant") {
            distribution = .constant(seconds)
        } else if var gamma = try part.document("gamma") {
            distribution = .gamma(shape: try gamma.required("shape", from: 0.01), mean: try gamma.required("mean"))
            try gamma.refuseUnknownKeys()
        } else if var lognormal = try part.document("lognormal") {
            distribution = .lognormal(mean: try lognormal.required("mean"), cv: try lognormal.required("cv"))
            try lognormal.refuseUnknownKeys()
        } else if let list = part.node("empirical") {
            guard let nodes = list.sequence, !nodes.isEmpty else { throw part.error("service.empirical must be a list of seconds", at: "empirical") }
            distribution = .empirical(try nodes.map { try part.number($0, "empirical") })
        } else {
            throw part.error("service must have one of constant, gamma, lognormal, empirical")
        }
        let least = try part.number("min") ?? 0
        let most = try part.number("max") ?? .infinity
        guard least <= most else { throw part.error("service.max is below service.min", at: "max") }
        try part.refuseUnknownKeys()
        return ServiceTime(distribution, min: least, max: most)
    }

    private static func deadline(_ document: inout ScenarioDocument) throws -> DeadlineRule {
        guard var part = try document.document("deadline") else { throw document.error("deadline is missing: give seconds, or a factor") }
        if let seconds = try part.number("seconds") {
            try part.refuseUnknownKeys()
            return DeadlineRule(factor: 0, min: seconds, max: seconds)
        }
        let rule = DeadlineRule(
            factor: try part.required("factor"), min: try part.number("min") ?? 0, max: try part.number("max") ?? 1e9)
        guard rule.min <= rule.max else { throw part.error("deadline.max is below deadline.min", at: "max") }
        try part.refuseUnknownKeys()
        return rule
    }

    private static func workers(_ document: inout ScenarioDocument) throws -> WorkerBounds {
        guard var part = try document.document("workers") else { throw document.error("workers is missing: give min, max, initial") }
        let least = try part.integer("min", from: 0, to: 10_000) ?? 1
        guard let most = try part.integer("max", from: 1, to: 10_000) else { throw part.error("workers.max is missing") }
        guard least <= most else { throw part.error("workers.max is \(most), below workers.min, \(least)", at: "max") }
        let initial = try part.integer("initial", from: 0, to: 10_000) ?? least
        guard (least...most).contains(initial) else {
            throw part.error("workers.initial is \(initial), expected \(least) to \(most)", at: "initial")
        }
        try part.refuseUnknownKeys()
        return WorkerBounds(min: least, max: most, initial: initial)
    }

    private static func startUp(_ document: inout ScenarioDocument) throws -> StartUpDelay {
        guard let node = document.node("start_up") else { return StartUpDelay(mean: 0) }
        guard node.mapping != nil else { return StartUpDelay(mean: try document.number(node, "start_up")) }
        var part = try ScenarioDocument(node, file: document.file, path: "start_up")
        let delay = StartUpDelay(
            mean: try part.required("mean"), standardDeviation: try part.number("sd") ?? 0, min: try part.number("min"),
            max: try part.number("max"))
        guard delay.min <= delay.max else { throw part.error("start_up.max is below start_up.min", at: "max") }
        try part.refuseUnknownKeys()
        return delay
    }

    private static func retry(_ document: inout ScenarioDocument) throws -> RetryPolicy {
        guard let node = document.node("retry") else { return RetryPolicy() }
        if node.string == "never" { return RetryPolicy(maxAttempts: 1) }
        var part = try ScenarioDocument(node, file: document.file, path: "retry")
        let usual = RetryPolicy()
        let policy = RetryPolicy(
            maxAttempts: try part.integer("max_attempts", from: 1, to: 1_000) ?? usual.maxAttempts,
            firstDelay: try part.number("first_delay") ?? usual.firstDelay, maxDelay: try part.number("max_delay") ?? usual.maxDelay,
            attemptLimit: try part.number("attempt_limit", from: 0.001) ?? usual.attemptLimit)
        try part.refuseUnknownKeys()
        return policy
    }
}

extension YamlError {
    /// From 1; 0 when the error has no place.
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 0
        }
    }
}
