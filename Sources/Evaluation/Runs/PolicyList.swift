public import Farm
public import FarmPolicies
public import Learning

/// The policies that a comparison is of.
public struct PolicyList {
    public var policies: [any FarmPolicy]
    /// Names of the rules that are tuned when asked for: those of the operators.
    public static let tuned = ["queue-length", "target-utilisation", "concurrency", "openfaas-rps"]

    /// - Parameter text: separated by commas, which parameters have too; nil: the usual ones.
    public init(_ text: String?, for scenario: Scenario) throws {
        guard let text else {
            let usual =
                ["static:\(scenario.stages.first.workers.initial)", "reactive-average", "reactive-maximum", "ratchet"]
                + PolicyList.tuned
            policies = try usual.map { text in try PolicyCatalogue.policy(text) }
            return
        }
        policies = try PolicyList.split(text).map { text in
            guard text.hasSuffix(".safetensors") else { return try PolicyCatalogue.policy(text) }
            return try TrainedFarmPolicy(
                try TrainedPolicy(Checkpoint(contentsOf: text)), name: text, scenario: scenario)
        }
    }

    /// The agents among the policies of a list, with their files.
    public static func checkpoints(_ text: String?) throws -> [(file: String, checkpoint: Checkpoint)] {
        try split(text ?? "").filter { $0.hasSuffix(".safetensors") }.map { ($0, try Checkpoint(contentsOf: $0)) }
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
