import Yams

extension PerStage<Stage> {
    /// Stages that a scenario may have.
    private static var most: Int { 16 }
    /// What the file of a farm of one stage has at its top.
    private static var parts: [String] { ["service", "workers", "start_up"] }

    /// The stages of a scenario file: a list, or the parts of the only stage beside the scenario's other keys.
    ///
    /// - Parameter base: what holds for the parts that are not given.
    init(_ document: ScenarioDocument, base: PerStage<Stage>?) throws {
        guard let node = document.node("stages") else {
            self.init(try Stage(document, name: base?.first.name ?? "", base: base?.first))
            return
        }
        if let other = Self.parts.first(where: document.has) {
            throw document.error(
                "\(other) does not go with stages, each of which has its own; put it into the stages, or leave stages out",
                at: other)
        }
        guard let nodes = node.sequence, let first = nodes.first, nodes.count <= Self.most else {
            throw document.error("stages must be a list of 1 to \(Self.most) stages", at: "stages")
        }
        self.init(try Self.stage(first, 0, of: nodes.count, in: document))
        for (index, node) in nodes.enumerated().dropFirst() {
            let stage = try Self.stage(node, index, of: nodes.count, in: document)
            guard !contains(where: { $0.name == stage.name }) else {
                throw ScenarioError(
                    file: document.file, line: node.mark?.line ?? 0,
                    reason: "two stages have the name \"\(stage.name)\"; give each its own")
            }
            rest.append(stage)
        }
        let shares = sum(\.deadlineShare)
        guard shares <= 1 + 1e-9 else {
            throw document.error(
                "the stages' deadline_share come to \(shares), expected 1 at most: together they have the whole deadline",
                at: "stages")
        }
    }

    private static func stage(
        _ node: Node, _ index: Int, of count: Int, in document: ScenarioDocument
    ) throws -> Stage {
        let part = try ScenarioDocument(
            node, file: document.file, path: "stages[\(index)]", keys: ["name", "deadline_share"] + parts)
        var stage = try Stage(part, name: try part.identifier() ?? "stage-\(index + 1)", base: nil)
        stage.deadlineShare = try part.number("deadline_share", from: 0.001, to: 1) ?? 1 / Double(count)
        return stage
    }
}

extension Stage {
    fileprivate init(_ document: ScenarioDocument, name: String, base: Stage?) throws {
        let kinds = ServiceTime.keys.joined(separator: ", ")
        self.init(
            name: name,
            service: try ServiceTime(document) ?? base?.service ?? document.missing("service", "one of {\(kinds)}"),
            workers: try WorkerBounds(document) ?? base?.workers
                ?? document.missing("workers", "{min: 1, max: 8, initial: 2}"),
            startUp: try StartUpDelay(document) ?? base?.startUp ?? StartUpDelay(mean: 0),
            deadlineShare: base?.deadlineShare ?? 1)
    }
}
