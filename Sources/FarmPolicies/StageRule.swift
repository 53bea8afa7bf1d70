import Farm

/// A controller of one stage: decides, from what is known at the end of a window, how many workers to ask for there.
protocol StageRule: Sendable {
    /// As ``FarmPolicy/name``.
    var name: String { get }

    /// Before an episode's first decision. Forgets the last episode.
    mutating func begin(_ stage: Stage, of scenario: Scenario)

    /// The workers to ask for. Never traps, whatever the metrics say.
    ///
    /// - Parameter metrics: of the last window, narrowed to the stage; at an episode's beginning those at time 0, whose window
    ///   has no length.
    /// - Returns: 0 or more.
    mutating func desired(after metrics: WindowMetrics) -> Int
}

/// A rule for each stage of a farm, none of which knows of the others.
struct RulePolicy: FarmPolicy {
    private(set) var rules: PerStage<any StageRule>
    let needs: MetricAbsences

    init(_ rule: any StageRule, needs: MetricAbsences) {
        rules = PerStage(rule)
        self.needs = needs
    }

    var name: String { rules.first.name }

    mutating func begin(_ scenario: Scenario) {
        let any = rules.first
        rules = scenario.stages.map { stage in
            var rule = any
            rule.begin(stage, of: scenario)
            return rule
        }
    }

    mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        var staffing = metrics.staffing
        for stage in rules.indices.prefix(staffing.count) {
            staffing[stage] = rules[stage].desired(after: metrics.narrowed(to: stage))
        }
        return staffing
    }
}
