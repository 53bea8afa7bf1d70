import Yams

extension Arrivals {
    /// Tasks that an episode may bring.
    public static let mostTasks = 100_000_000
    /// Tasks that a bag or a trace may have. They are kept in memory.
    static let mostGiven = 1_000_000

    /// The part `arrivals` of a scenario file; nil when it is absent.
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        let kinds = ["phases", "bag", "trace", "paced", "shuffled"]
        guard let part = try document.document("arrivals", keys: kinds) else { return nil }
        let given = kinds.filter(part.has)
        guard given.count == 1, let kind = given.first, let node = part.node(kind) else {
            let got = given.isEmpty ? "none" : given.joined(separator: " and ")
            throw part.error("arrivals must have one of \(kinds.joined(separator: ", ")); got \(got)", at: given.last)
        }
        switch kind {
        case "phases": self = .phases(try Arrivals.phases(node, part))
        case "bag": self = .bag(try Arrivals.bag(node, part))
        case "trace": self = .trace(try ArrivalTrace(node, part))
        case "paced": self = .paced(try PacedArrivals(node, part))
        default: self = .shuffled(try ShuffledArrivals(node, part))
        }
    }

    private static func bag(_ node: Node, _ part: ScenarioDocument) throws(ScenarioError) -> TaskBag {
        guard let scalar = node.scalar else {
            throw part.error("arrivals.bag must be text in JSON Lines, after \"bag: |\"", at: "bag")
        }
        let isBlock = scalar.style == .literal || scalar.style == .folded
        return try TaskBag(
            jsonLines: scalar.string, firstLine: (scalar.mark?.line ?? 0) + (isBlock ? 1 : 0), file: part.file)
    }

    private static func phases(_ node: Node, _ part: ScenarioDocument) throws(ScenarioError) -> [Phase] {
        guard let nodes = node.sequence, !nodes.isEmpty else {
            throw part.error("arrivals.phases must be a list of at least one phase", at: "phases")
        }
        guard nodes.count <= 10_000 else {
            throw part.error("arrivals.phases has \(nodes.count) phases; there may be 10000", at: "phases")
        }
        var phases: [Phase] = []
        var tasks = 0.0
        var pieces = 0
        for (index, node) in nodes.enumerated() {
            let phase = try Phase(node, index: index, file: part.file)
            phases.append(phase)
            tasks += phase.tasks.map(Double.init) ?? phase.rate.peak * phase.seconds
            pieces += ArrivalPlan.pieceCount(phase.rate)
            guard pieces <= ArrivalPlan.mostSegments else {
                throw ScenarioError(
                    file: part.file, line: node.mark?.line ?? 0,
                    reason: "with this phase the sines have more than \(ArrivalPlan.mostSegments / 64) cycles")
            }
            guard tasks <= Double(mostTasks) else {
                throw ScenarioError(
                    file: part.file, line: node.mark?.line ?? 0,
                    reason:
                        "with this phase an episode may bring \(tasks.rounded()) tasks (peak rate × seconds, or tasks); "
                        + "the most is \(mostTasks)")
            }
        }
        return phases
    }
}

extension Arrivals.Phase {
    fileprivate init(_ node: Node, index: Int, file: String) throws(ScenarioError) {
        let path = "arrivals.phases[\(index)]"
        let part = try ScenarioDocument(node, file: file, path: path, keys: ["name", "seconds", "rate", "tasks"])
        guard let rateNode = part.node("rate") else {
            throw part.error("\(path).rate is missing; give a number, {from, to} or {mean, amplitude, cycles}")
        }
        self.init(
            name: try part.text("name") ?? "phase-\(index + 1)", seconds: try part.required("seconds", from: 0.001),
            rate: try Arrivals.Rate(rateNode, part, path: path + ".rate"),
            tasks: try part.integer("tasks", from: 0, to: Arrivals.mostTasks))
        if tasks ?? 0 > 0, ArrivalPlan(phases: [self]).expectedTasks <= 0 {
            throw part.error(
                "\(path).tasks are to be spread over a phase whose rate is always 0; raise the rate",
                at: "tasks")
        }
    }
}

extension Arrivals.Rate {
    fileprivate init(_ node: Node, _ part: ScenarioDocument, path: String) throws(ScenarioError) {
        guard node.mapping != nil else {
            guard node.scalar != nil else {
                throw part.error(
                    "\(path) must be a number, {from, to} or {mean, amplitude, cycles}; got a list", at: "rate")
            }
            self = .constant(try part.number(node, path))
            return
        }
        let rates = try ScenarioDocument(
            node, file: part.file, path: path, keys: ["from", "to", "mean", "amplitude", "cycles"])
        let isRamp = rates.has("from") || rates.has("to")
        let isSine = rates.has("mean") || rates.has("amplitude") || rates.has("cycles")
        guard isRamp != isSine else {
            throw rates.error("\(path) must be a number, {from, to} or {mean, amplitude, cycles}")
        }
        self =
            isRamp
            ? .ramp(from: try rates.required("from"), to: try rates.required("to"))
            : .sine(
                mean: try rates.required("mean"), amplitude: try rates.required("amplitude"),
                cycles: try rates.required("cycles", to: 1e6))
    }
}
