public import Farm
import FarmEnvironments
public import FarmPolicies
public import Learning

/// The policies that a comparison is of.
public struct PolicyList {
    public var policies: [any FarmPolicy]
    /// Names of the operators' rules.
    public static let operators = ["queue-length", "target-utilisation", "concurrency", "openfaas-rps"]
    /// Names of the rules that are tuned when asked for: those of the operators, and the forecast.
    public static let tuned = operators + ["forecast"]

    /// - Parameter text: separated by commas, which parameters have too; nil: the usual ones.
    public init(_ text: String?, for scenario: Scenario) throws {
        guard let text else {
            let usual =
                ["static:\(scenario.stages.first.workers.initial)", "reactive-average", "reactive-maximum", "ratchet"]
                + PolicyList.tuned
            policies = try usual.map { text in try PolicyCatalogue.policy(text) }
            return
        }
        policies = try PolicyList.split(text).map { try PolicyList.policy($0, for: scenario) }
    }

    /// A policy from its text: of the catalogue, the file of an agent's weights (`.safetensors`), or such a one guarded.
    public static func policy(_ text: String, for scenario: Scenario) throws -> any FarmPolicy {
        guard let file = file(in: text) else { return try PolicyCatalogue.policy(text) }
        let checkpoint = try Checkpoint(contentsOf: file)
        let agent = try TrainedFarmPolicy(
            try TrainedPolicy(checkpoint), name: file, scenario: scenario, fitsBounds: file != text)
        let prices = agent.prices
        return file == text ? agent : GuardedPolicy(agent, miss: prices.miss, worker: prices.cost)
    }

    /// The file of an agent's weights in a policy's text; nil where it is a rule.
    public static func file(in text: String) -> String? {
        guard text.hasSuffix(".safetensors") else { return nil }
        let isGuarded = text.hasPrefix(GuardedPolicy.prefix)
        return isGuarded ? String(text.dropFirst(GuardedPolicy.prefix.count)) : text
    }

    /// The agents among the policies of a list, with their files.
    public static func checkpoints(_ text: String?) throws -> [(file: String, checkpoint: Checkpoint)] {
        try split(text ?? "").compactMap(file).map { ($0, try Checkpoint(contentsOf: $0)) }
    }

    /// "a:k=1,l=2,b" is "a:k=1,l=2" and "b": a piece with `=` but no name before it belongs to the policy before it.
    static func split(_ text: String) -> [String] {
        var parts: [String] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isParameter = piece.contains("=") && !piece.prefix { $0 != "=" }.contains(":")
            if isParameter, !parts.isEmpty {
                parts[parts.count - 1] += "," + piece
            } else {
                parts.append(String(piece))
            }
        }
        return parts
    }
}
