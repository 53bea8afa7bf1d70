import Yams

// The task sources of a scenario file that are neither phases nor a bag.

extension ArrivalTrace {
    init(_ node: Node, _ part: ScenarioDocument) throws(ScenarioError) {
        let trace = try ScenarioDocument(
            node, file: part.file, path: "arrivals.trace", keys: ["csv", "exact", "speed"])
        guard let scalar = trace.node("csv")?.scalar else {
            throw trace.error(
                "arrivals.trace.csv must be text, after \"csv: |\": start_seconds,requests and its rows", at: "csv")
        }
        let isBlock = scalar.style == .literal || scalar.style == .folded
        try self.init(
            csv: scalar.string, isExact: try trace.flag("exact") ?? true,
            firstLine: (scalar.mark?.line ?? 0) + (isBlock ? 1 : 0), file: part.file)
        guard counts.reduce(0, +) <= Double(Arrivals.mostTasks), counts.count <= Arrivals.mostGiven else {
            throw trace.error(
                "a trace may have \(Arrivals.mostTasks) requests in \(Arrivals.mostGiven) windows", at: "csv")
        }
        seconds /= try trace.number("speed", from: 1e-6, to: 1e6) ?? 1
    }
}

extension PacedArrivals {
    init(_ node: Node, _ part: ScenarioDocument) throws(ScenarioError) {
        let paced = try ScenarioDocument(
            node, file: part.file, path: "arrivals.paced", keys: ["window", "start", "phases"])
        let start = try paced.document("start", keys: ["min", "max"])
        let least = try start?.number("min", to: 1e6) ?? 0
        self.init(
            phases: [], windowSeconds: try paced.number("window", from: 0.001, to: 1e6) ?? 1, startMin: least,
            startMax: try start?.number("max", to: 1e6) ?? least)
        try start?.check("max", startMax, isAtLeast: startMin, of: "min")
        guard let nodes = paced.node("phases")?.sequence, !nodes.isEmpty, nodes.count <= 10_000 else {
            throw paced.error("arrivals.paced.phases must be a list of 1 to 10000 phases", at: "phases")
        }
        for (index, node) in nodes.enumerated() {
            let phase = try ScenarioDocument(
                node, file: part.file, path: "arrivals.paced.phases[\(index)]", keys: ["name", "tasks", "windows"])
            guard let tasks = try phase.integer("tasks", from: 0, to: Arrivals.mostGiven),
                let windows = try phase.integer("windows", from: 1, to: Arrivals.mostGiven)
            else { throw phase.error("a paced phase needs tasks and windows, two whole numbers") }
            phases.append(Phase(name: try phase.text("name") ?? "phase-\(index + 1)", tasks: tasks, windows: windows))
        }
        guard taskCount > 0 else { throw paced.error("the paced phases bring no task at all", at: "phases") }
    }
}

extension ShuffledArrivals {
    init(_ node: Node, _ part: ScenarioDocument) throws(ScenarioError) {
        let shuffled = try ScenarioDocument(
            node, file: part.file, path: "arrivals.shuffled", keys: ["phases", "seconds", "rate"])
        self.init(phases: 4...8, seconds: 20...90, rate: 0.5...9)
        if let bounds = try shuffled.document("phases", keys: ["min", "max"]) {
            let least = try bounds.integer("min", from: 1, to: 1_000) ?? 1
            let most = try bounds.integer("max", from: 1, to: 1_000) ?? least
            try bounds.check("max", Double(most), isAtLeast: Double(least), of: "min")
            phases = least...most
        }
        if let bounds = try shuffled.document("seconds", keys: ["min", "max"]) {
            seconds = try bounds.range(from: 0.001, to: 1e6)
        }
        if let bounds = try shuffled.document("rate", keys: ["min", "max"]) {
            rate = try bounds.range(from: 1e-6, to: 1e5)
        }
    }
}

extension ScenarioDocument {
    fileprivate func range(from least: Double, to most: Double) throws(ScenarioError) -> ClosedRange<Double> {
        let low = try required("min", from: least, to: most)
        let high = try required("max", from: least, to: most)
        try check("max", high, isAtLeast: low, of: "min")
        return low...high
    }
}
