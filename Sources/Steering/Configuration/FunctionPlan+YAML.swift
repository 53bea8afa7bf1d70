import Farm
import Yams

extension FunctionPlan {
    static let keys = [
        "function", "pool", "policy", "fallback", "mode", "source", "period", "deadline", "service", "start_up",
        "workers",
        "concurrency", "patience", "quiet", "rails",
    ]

    init(_ part: ScenarioDocument) throws(ScenarioError) {
        guard let function = try part.text("function") else {
            throw part.error("\(part.name("function")) is missing; give the function's name on the gateway")
        }
        guard let policy = try part.text("policy") else {
            throw part.error(
                "\(part.name("policy")) is missing; give a policy, as in policy: experts, or a file that `faasfarm train` wrote"
            )
        }
        var settings = SteeringSettings(function: function)
        settings.period = try part.number("period", from: 0.1, to: 86_400) ?? settings.period
        settings.deadline = try part.number("deadline", from: 0.001, to: 86_400) ?? settings.deadline
        settings.service = try part.number("service", from: 0.0001, to: 86_400) ?? settings.service
        settings.startUp = try part.number("start_up", from: 0, to: 86_400) ?? settings.startUp
        settings.patience = try part.number("patience", from: 0.001, to: 3_600) ?? min(2, settings.period / 2)
        settings.quiet = try part.number("quiet", from: 0, to: 86_400) ?? 6 * settings.period
        settings.staleAfter = 3 * settings.period
        settings.workers = try WorkerBounds(steering: part)
        try settings.readRails(part)
        self.init(settings: settings, policy: policy)
        fallback = try part.text("fallback")
        mode = try part.choice("mode", SteeringDecision.Mode.self) ?? mode
        concurrency = try part.integer("concurrency", from: 1, to: 10_000) ?? concurrency
        pool = try part.texts("pool") ?? pool
        source = try Source(part)
    }
}

extension WorkerBounds {
    fileprivate init(steering part: ScenarioDocument) throws(ScenarioError) {
        guard let bounds = try part.document("workers", keys: ["min", "max"]) else {
            throw part.error("\(part.name("workers")) is missing; give workers: {min: 1, max: 10}")
        }
        let least = try bounds.integer("min", from: 0, to: 10_000) ?? 1
        guard let most = try bounds.integer("max", from: 1, to: 10_000) else {
            throw bounds.error("\(bounds.name("max")) is missing; give the most workers that there may be")
        }
        try bounds.check("max", Double(most), isAtLeast: Double(least), of: "min")
        self.init(min: least, max: most, initial: Swift.max(least, 1))
    }
}

extension SteeringSettings {
    fileprivate mutating func readRails(_ part: ScenarioDocument) throws(ScenarioError) {
        let keys = [
            "largest_step_up", "largest_step_down", "hold_down", "age_share", "stale_after", "forbidden",
            "daily_budget",
        ]
        guard let rails = try part.document("rails", keys: keys) else { return }
        largestStepUp = try rails.integer("largest_step_up", from: 1, to: 10_000)
        largestStepDown = try rails.integer("largest_step_down", from: 1, to: 10_000)
        holdDown = try rails.number("hold_down", from: 0, to: 86_400) ?? holdDown
        ageShare = try rails.number("age_share", from: 0, to: 1_000) ?? ageShare
        staleAfter = try rails.number("stale_after", from: 0.1, to: 86_400) ?? staleAfter
        dailyBudget = try rails.number("daily_budget", from: 1, to: 1e12)
        guard let node = rails.node("forbidden") else { return }
        guard let nodes = node.sequence, nodes.count <= 100 else {
            throw rails.error(
                "\(rails.name("forbidden")) must be a list of at most 100 times, as in "
                    + "[{from: \"22:00\", to: \"06:00\", change: down}]", at: "forbidden")
        }
        for (index, node) in nodes.enumerated() {
            let time = try ScenarioDocument(
                node, file: rails.file, path: "\(rails.name("forbidden"))[\(index)]", keys: ["from", "to", "change"])
            forbidden.append(
                .init(
                    from: try time.timeOfDay("from"), to: try time.timeOfDay("to"),
                    direction: try time.choice("change", Direction.self) ?? .both))
        }
    }
}

extension ScenarioDocument {
    /// Seconds since midnight of HH:MM.
    fileprivate func timeOfDay(_ key: String) throws(ScenarioError) -> Double {
        let text = try text(key) ?? ""
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCII) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), (0...24).contains(hour), (0...59).contains(minute),
            hour < 24 || minute == 0
        else {
            throw error(
                "\(name(key)) must be a time of the day (UTC) in quotes, as in \"22:00\"; got \"\(text.prefix(40))\"",
                at: key)
        }
        return Double(hour) * 3_600 + Double(minute) * 60
    }

    /// A list of texts that is not empty; nil when the key is absent.
    fileprivate func texts(_ key: String) throws(ScenarioError) -> [String]? {
        guard let node = node(key) else { return nil }
        var texts: [String] = []
        for node in node.sequence.map(Array.init) ?? [] {
            guard let text = node.scalar?.string else { throw error("\(name(key)) must be a list of names", at: key) }
            texts.append(text)
        }
        guard (1...256).contains(texts.count) else {
            throw error("\(name(key)) must be a list of 1 to 256 names", at: key)
        }
        return texts
    }
}

extension FunctionPlan.Source {
    /// `ingress`, `gateway`, or a mapping with the key `prometheus`.
    fileprivate init(_ part: ScenarioDocument) throws(ScenarioError) {
        switch part.node("source")?.scalar?.string {
        case "ingress": self = .ingress
        case "gateway": self = .gateway
        case let text?:
            throw part.error(
                "\(part.name("source")) must be ingress, gateway or {prometheus: {…}}; got \"\(text.prefix(40))\"",
                at: "source")
        case nil:
            guard let source = try part.document("source", keys: ["prometheus"]) else {
                self = .gateway
                return
            }
            guard let queries = try source.document("prometheus", keys: PrometheusQueries.keys) else {
                throw source.error("\(source.name("prometheus")) is missing; give {url: …, arrival_rate: a query}")
            }
            self = .prometheus(try PrometheusQueries(queries))
        }
    }
}

extension PrometheusQueries {
    fileprivate static let keys = [
        "url", "token_file", "username", "password_file", "ca", "arrival_rate", "completion_rate", "running", "queued",
        "oldest_age", "service_seconds", "response_seconds", "recent_arrival_rate", "failure_rate",
        "met_rate", "missed_rate", "sampled_at",
    ]

    fileprivate init(_ part: ScenarioDocument) throws(ScenarioError) {
        guard let url = try part.text("url"), let rate = try part.text("arrival_rate") else {
            throw part.error(
                "\(part.name(part.has("url") ? "arrival_rate" : "url")) is missing; give url: http://HOST:PORT and "
                    + "arrival_rate: a query for calls a second")
        }
        self.init(url: url, arrivalRate: rate)
        tokenFile = try part.text("token_file")
        username = try part.text("username")
        passwordFile = try part.text("password_file")
        authorities = try part.text("ca")
        completionRate = try part.text("completion_rate")
        running = try part.text("running")
        queued = try part.text("queued")
        oldestAge = try part.text("oldest_age")
        serviceSeconds = try part.text("service_seconds")
        responseSeconds = try part.text("response_seconds")
        recentArrivalRate = try part.text("recent_arrival_rate")
        failureRate = try part.text("failure_rate")
        metRate = try part.text("met_rate")
        missedRate = try part.text("missed_rate")
        sampledAt = try part.text("sampled_at")
    }
}
