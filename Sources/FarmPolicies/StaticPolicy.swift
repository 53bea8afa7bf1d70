import Farm

/// A fixed number of workers.
struct StaticPolicy: StageRule {
    static let workers = PolicyParameter(
        "workers", .whole(0...10_000), default: nil, "the number of workers", candidates: .workers(atMost: 60))
    static let description = PolicyDescription(
        "static", "always the same number of workers", parameters: [workers],
        needs: [], source: "none needed; arXiv 2602.06555 has no such row"
    ) { arguments throws(PolicyError) in StaticPolicy(name: arguments.canonicalName, workers: arguments.whole(workers))
    }

    let name: String
    let workers: Int

    mutating func begin(_ stage: Stage, of scenario: Scenario) {}

    mutating func desired(after metrics: WindowMetrics) -> Int { workers }
}
