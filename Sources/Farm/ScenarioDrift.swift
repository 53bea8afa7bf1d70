import Yams

// What a scenario file says of work that becomes slower or quicker.

extension ServiceDrift {
    /// Points that a drift may have.
    static let mostPoints = 10_000

    /// The key `drift` of a service time; nil when it is absent.
    init?(_ service: ScenarioDocument) throws(ScenarioError) {
        guard let node = service.node("drift") else { return nil }
        guard let nodes = node.sequence, !nodes.isEmpty, nodes.count <= ServiceDrift.mostPoints else {
            throw service.error(
                "\(service.name("drift")) must be a list of 1 to \(ServiceDrift.mostPoints) points, as in "
                    + "[{at: 0, factor: 1}, {at: 600, factor: 2}]", at: "drift")
        }
        var points: [Point] = []
        for (index, node) in nodes.enumerated() {
            let part = try ScenarioDocument(
                node, file: service.file, path: "\(service.name("drift"))[\(index)]", keys: ["at", "factor"])
            let point = Point(at: try part.required("at"), factor: try part.required("factor", from: 0.001, to: 1_000))
            if let last = points.last, point.at <= last.at {
                throw part.error(
                    "\(part.name("at")) is \(point.at), expected more than that of the point before, \(last.at)",
                    at: "at")
            }
            points.append(point)
        }
        self.init(points)
    }

    var yaml: String {
        "[" + points.map { "{at: \($0.at), factor: \($0.factor)}" }.joined(separator: ", ") + "]"
    }
}
