import Yams

// What a scenario file says of the platform under a simulated farm.

extension Platform {
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        let keys = [
            "idle_poll", "busy_poll", "collect_poll", "start_confirm", "stop_poll", "stop", "observe", "sliding",
            "dispatch",
            "scale_down", "floor", "per_request",
        ]
        guard let part = try document.document("platform", keys: keys) else { return nil }
        idlePoll = try part.number("idle_poll", to: 1e6) ?? 0
        busyPoll = try part.number("busy_poll", to: 1e6) ?? 0
        collectPoll = try part.number("collect_poll", to: 1e6) ?? 0
        startConfirm = try part.number("start_confirm", to: 1e6) ?? 0
        stopPoll = try part.number("stop_poll", to: 1e6) ?? 0
        if part.has("stop") { stop = try part.seconds("stop", to: 1e6) }
        observe = try part.number("observe", to: 1e6) ?? 0
        isSliding = try part.flag("sliding") ?? false
        scaleDown = try part.choice("scale_down", ScaleDown.self) ?? .graceful
        floor = try part.integer("floor", from: 0, to: WorkerBounds.most) ?? 0
        if let clouds = try part.document("per_request", keys: ["expiry", "cold_factor"]) {
            perRequest = PerRequest(
                expiry: try clouds.required("expiry", to: 1e6),
                coldFactor: try clouds.number("cold_factor", from: 0.01, to: 1_000) ?? 1)
        }
        guard let node = part.node("dispatch"), node.scalar?.string != "exact" else { return }
        guard node.mapping != nil else {
            throw part.error("platform.dispatch must be exact, or {random: N}, calls over N functions", at: "dispatch")
        }
        let random = try ScenarioDocument(node, file: document.file, path: "platform.dispatch", keys: ["random"])
        guard let functions = try random.integer("random", from: 1, to: 10_000) else {
            throw random.error("platform.dispatch.random is missing; give the number of functions")
        }
        dispatch = .random(functions: functions)
    }

    var yaml: String {
        var parts = [
            "idle_poll: \(idlePoll)", "busy_poll: \(busyPoll)", "collect_poll: \(collectPoll)",
            "start_confirm: \(startConfirm)", "stop_poll: \(stopPoll)",
        ]
        if !stop.isEmpty { parts.append("stop: [\(stop.map { "\($0)" }.joined(separator: ", "))]") }
        parts += ["observe: \(observe)", "sliding: \(isSliding)", "scale_down: \(scaleDown.rawValue)"]
        if floor > 0 { parts.append("floor: \(floor)") }
        if let perRequest {
            parts.append("per_request: {expiry: \(perRequest.expiry), cold_factor: \(perRequest.coldFactor)}")
        }
        switch dispatch {
        case .exact: parts.append("dispatch: exact")
        case .random(let functions): parts.append("dispatch: {random: \(functions)}")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

extension Faults {
    init?(_ document: ScenarioDocument) throws(ScenarioError) {
        guard let part = try document.document("faults", keys: ["start", "attempt", "slow", "slow_factor"]) else {
            return nil
        }
        // A start that nearly always fails would be tried for ever.
        start = try part.number("start", to: 0.99) ?? 0
        attempt = try part.number("attempt", to: 1) ?? 0
        slow = try part.number("slow", to: 1) ?? 0
        slowFactor = try part.number("slow_factor", from: 1, to: 1_000) ?? 2
    }

    var yaml: String { "{start: \(start), attempt: \(attempt), slow: \(slow), slow_factor: \(slowFactor)}" }
}

extension ScenarioDocument {
    /// `true` or `false`, also in the capitals that YAML and Python write; nil when the key is absent.
    func flag(_ key: String) throws(ScenarioError) -> Bool? {
        guard let node = node(key) else { return nil }
        switch node.scalar?.string {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: throw error("\(key) must be true or false", at: key)
        }
    }
}
