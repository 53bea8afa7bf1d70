extension Scenario {
    /// Reads a scenario file (docs/scenarios.md has the keys).
    ///
    /// - Parameter file: its name, for messages.
    /// - Throws: ``ScenarioError`` with file, line and reason: what was got and what is expected.
    public init(yaml: String, file: String) throws {
        let document = try ScenarioDocument(
            try ScenarioText.compose(yaml, file: file), file: file,
            keys: [
                "base", "name", "version", "summary", "arrivals", "stages", "service", "deadline", "workers",
                "start_up",
                "step", "steps", "scaling", "work", "retry", "platform", "faults",
            ])
        let base = try Scenario.base(document)
        self.init(
            name: try document.identifier() ?? base?.name ?? "unnamed",
            version: try document.integer("version", from: 1, to: 1_000_000) ?? base?.version ?? 1,
            summary: try document.text("summary") ?? base?.summary ?? "",
            arrivals: try Arrivals(document) ?? base?.arrivals
                ?? document.missing("arrivals", "{phases: [{seconds: 60, rate: 5}]}"),
            stages: try PerStage(document, base: base?.stages),
            deadline: try DeadlineRule(document) ?? base?.deadline
                ?? document.missing("deadline", "{seconds: 2} or {factor: 2, min: 0.1, max: 30}"),
            stepSeconds: try document.number("step", from: 0.001) ?? base?.stepSeconds
                ?? document.missing("step", "the seconds between two decisions"),
            steps: try document.integer("steps", from: 1, to: 1_000_000) ?? base?.steps ?? 30,
            scaling: try document.choice("scaling", Scaling.self) ?? base?.scaling ?? .unblocked,
            work: try document.choice("work", WorkMode.self) ?? base?.work ?? .sleep,
            retry: try RetryPolicy(document) ?? base?.retry ?? RetryPolicy(),
            platform: try Platform(document) ?? base?.platform ?? Platform(),
            faults: try Faults(document) ?? base?.faults ?? Faults())
        guard meanDeadline >= 0.001 else {
            throw document.error(
                "the deadline of a mean task would be \(meanDeadline) s, which nothing can meet; raise deadline.min or deadline.seconds",
                at: "deadline")
        }
        if let impossibility {
            throw document.error(impossibility, at: ["retry", "stages"].first(where: document.has) ?? "service")
        }
    }

    private static func base(_ document: ScenarioDocument) throws -> Scenario? {
        guard let name = try document.text("base") else { return nil }
        do {
            return try preset(name)
        } catch let error as ScenarioError {
            throw document.error("base: \(error.reason)", at: "base")
        }
    }

}
