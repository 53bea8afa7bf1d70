import Dispatch
import Evaluation
public import Farm
public import FarmPolicies
public import Foundation
import Learning
public import Steering
import Synchronization

/// Any policy as what steers: a rule, an agent's weights, or either guarded.
///
///     let recommender = try RuleRecommender("guarded:agent.safetensors", settings: settings, absences: source.absences)
///     try await recommender.replay(journal.lastHour)
///     let count = try await recommender.recommend(after: metrics)
///
/// The policy computes on a thread of its own: it may take long.
public final class RuleRecommender: Recommender {
    public let name: String
    public let digest: String
    private let staleAfter: Double
    private let now: @Sendable () -> Double
    private let course: Mutex<RuleCourse>
    private let queue = DispatchQueue(label: "policy")

    /// - Parameters:
    ///   - text: as `faasfarm evaluate --policies` takes one.
    ///   - absences: of the source.
    ///   - now: seconds since 1970.
    /// - Throws: for a text that makes no policy, and for one that needs what the source cannot tell.
    public convenience init(
        _ text: String, settings: SteeringSettings, absences: MetricAbsences,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) throws(SteeringFailure) {
        let policy: any FarmPolicy
        do {
            policy = try PolicyList.policy(text, for: Scenario(settings))
        } catch {
            throw SteeringFailure("\(error)")
        }
        let missing = policy.needs.intersection(absences.subtracting(absences.estimable))
        guard missing.isEmpty else {
            throw SteeringFailure(
                "the policy \(policy.name) needs what the source cannot tell: \(missing); "
                    + "take another source, or a policy that does without, such as forecast")
        }
        self.init(policy, digest: try RuleRecommender.digest(of: text, policy), settings: settings, now: now)
    }

    /// - Parameter digest: of what decides, see ``Steering/Recommender/digest``.
    public init(
        _ policy: any FarmPolicy, digest: String, settings: SteeringSettings,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        name = policy.name
        self.digest = digest
        staleAfter = settings.staleAfter
        self.now = now
        course = Mutex(RuleCourse(policy, Scenario(settings)))
    }

    /// Of a checkpoint's bytes, as `sha256sum` prints it; of a guarded one's after `guarded:`; of a rule's canonical text.
    private static func digest(of text: String, _ policy: any FarmPolicy) throws(SteeringFailure) -> String {
        guard let file = PolicyList.file(in: text) else { return Checkpoint.sha256(Array(policy.name.utf8)) }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw SteeringFailure("the checkpoint \(file) cannot be read any more; start again once it is whole")
        }
        return Checkpoint.sha256(Array((file == text ? "" : GuardedPolicy.prefix).utf8) + data)
    }

    public func recommend(after metrics: WindowMetrics) async throws -> Int {
        try await onThread { course, now in Result { try course.number(after: metrics, now: now) } }.get()
    }

    /// Shows the policy what was seen before the program began, so that it knows what it knew. To be called before the first
    /// ``recommend(after:)``.
    ///
    /// - Parameter decisions: of the same function, in any order.
    /// - Returns: how many windows there were.
    @discardableResult
    public func replay(_ decisions: [SteeringDecision]) async -> Int {
        await onThread { [staleAfter] course, _ in course.replay(decisions, staleAfter: staleAfter) }
    }

    private func onThread<Value: Sendable>(
        _ work: @escaping @Sendable (inout RuleCourse, Double) -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                continuation.resume(returning: course.withLock { work(&$0, now()) })
            }
        }
    }
}

/// The same number, whatever happens: a fallback that cannot fail.
public struct FixedRecommender: Recommender {
    public let name: String
    public let digest: String
    private let count: Int

    public init(_ count: Int) {
        self.count = max(count, 0)
        name = "static:\(self.count)"
        digest = Checkpoint.sha256(Array(name.utf8))
    }

    public func recommend(after metrics: WindowMetrics) async throws -> Int { count }
}
