import Farm

/// Says what the rules say that would have been cheapest: about a hundred settings of simple rules each steer a
/// simulated farm of their own on the tasks that came. See ``ExpertAdvice``.
struct ExpertsPolicy: StageRule {
    static let miss = PolicyParameter("miss", .number(0...1_000_000), default: "1", "price of a missed deadline")
    static let worker = PolicyParameter(
        "worker", .number(0...1_000_000), default: "0.03", "price of a paid worker-second")
    static let memory = PolicyParameter(
        "memory", .number(10...1_000_000), default: "3600", "seconds after which costs count for 1/e")
    static let rare = PolicyParameter(
        "rare", .number(0...1), default: "0.3", "weight of the whole episode's costs, which forget nothing")
    static let description = PolicyDescription(
        "experts", "what the rules say that would have been cheapest so far, each on a simulated farm of its own",
        parameters: [miss, worker, memory, rare],
        needs: .arrivals,
        source: "prediction with expert advice: Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006"
    ) { arguments throws(PolicyError) in ExpertsPolicy(arguments) }

    let name: String
    private let settings: ExpertAdvice.Settings
    private var advice: ExpertAdvice?
    private var hasBegun = false

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        settings = ExpertAdvice.Settings(
            miss: arguments.number(ExpertsPolicy.miss), worker: arguments.number(ExpertsPolicy.worker),
            memory: arguments.number(ExpertsPolicy.memory), rare: arguments.number(ExpertsPolicy.rare))
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        advice = ExpertAdvice(settings, stage, of: scenario)
        hasBegun = false
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        if !hasBegun {
            hasBegun = true
            advice?.begin(metrics)
        }
        guard metrics.hasWindow, metrics.time.isFinite, let number = advice?.number(after: metrics) else {
            return metrics.current
        }
        return metrics.withoutScaleInWhenStale(number)
    }
}
