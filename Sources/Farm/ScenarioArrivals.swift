import Yams

extension Arrivals {
    /// Tasks that an episode may bring. They are all drawn at reset and kept.
    static let mostTasks = 1_000_000

    /// The part `arrivals` of a scenario file; nil when it is absent.
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let part = try document.document("arrivals", keys: ["phases", "bag"]) else { return nil }
        switch (part.node("phases"), part.node("bag")) {
        case (let phases?, nil): self = .phases(try Arrivals.phases(phases, part))
        case (nil, let bag?): self = .bag(try Arrivals.bag(bag, part))
        case (nil, nil): throw part.error("arrivals has neither phases nor a bag; give one of them", at: nil)
        case (_?, _?): throw part.error("arrivals has phases and a bag; give one of them", at: "bag")
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
        for (index, node) in nodes.enumerated() {
            let phase = try Phase(node, index: index, file: part.file)
            phases.append(phase)
            tasks += phase.tasks.map(Double.init) ?? phase.rate.peak * phase.seconds
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
        // A task's time is drawn until the rate accepts it: that must not take for ever.
        if tasks ?? 0 > 0, !(rate.peak > 0 && rate.mean >= rate.peak / 100) {
            throw part.error(
                "\(path).tasks are to be spread over a phase whose rate is (almost) always 0; raise the rate",
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
