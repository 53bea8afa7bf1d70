public import Farm

/// Another policy, as long as it does well: kept within reach of what cheap rules say, and replaced by them while it
/// would have cost more than they.
///
///     let safe = GuardedPolicy(agent)            // as the text guarded:agent.safetensors
///
/// The policy is there twice. One of it sees the real farm. The other steers a simulated farm on the tasks that came,
/// as the experts of ``ExpertAdvice`` do, which tells what the policy costs where nobody interferes.
public struct GuardedPolicy: FarmPolicy {
    /// The beginning of the text of a guarded policy.
    public static let prefix = "guarded:"

    private var policy: any FarmPolicy
    private let settings: ExpertAdvice.Settings
    private var advice: ExpertAdvice?
    private var hasBegun = false
    private var windows = 0.0
    /// Whether the policy decides.
    private var isTrusted = true

    /// The share by which the policy may be dearer than the cheapest rule before it is replaced, and the share at
    /// which it comes back.
    private static let tolerance = 0.05
    private static let forgiveness = 0.02
    /// So many windows' cost are granted besides.
    private static let grace = 3.0
    /// Workers that the policy may be away from the experts' number, and the share of that number.
    private static let reach = (workers: 4.0, share: 0.5)

    /// - Parameters:
    ///   - miss, worker: prices of a missed task and of a worker-second; only their ratio matters.
    public init(_ policy: any FarmPolicy, miss: Double = 1, worker: Double = 0.03) {
        self.policy = policy
        var settings = ExpertAdvice.Settings()
        (settings.miss, settings.worker) = (miss, worker)
        self.settings = settings
    }

    public var name: String { GuardedPolicy.prefix + policy.name }

    public var needs: MetricAbsences { policy.needs.union(.arrivals) }

    public mutating func begin(_ scenario: Scenario) {
        // What is simulated is a farm of one stage.
        advice =
            scenario.stages.count == 1
            ? ExpertAdvice(settings, guests: [policy], scenario.stages.first, of: scenario) : nil
        policy.begin(scenario)
        hasBegun = false
        isTrusted = true
        windows = 0
    }

    public mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        var staffing = policy.staffing(after: metrics)
        if !hasBegun {
            hasBegun = true
            advice?.begin(metrics)
        }
        guard metrics.hasWindow, metrics.time.isFinite, let number = advice?.number(after: metrics),
            let excess = advice?.excess.last
        else { return staffing }
        windows += 1
        if isTrusted, excess > GuardedPolicy.tolerance + GuardedPolicy.grace / windows {
            isTrusted = false
        } else if !isTrusted, excess < GuardedPolicy.forgiveness {
            isTrusted = true
        }
        staffing.first = metrics.withoutScaleInWhenStale(
            isTrusted ? GuardedPolicy.within(reachOf: number, staffing.first) : number)
        return staffing
    }

    private static func within(reachOf number: Int, _ wish: Int) -> Int {
        let away = (max(reach.workers, Double(number) * reach.share)).roundedUpToWorkers
        return min(max(wish, number - away), number.addingClamped(away, limit: .max))
    }
}
