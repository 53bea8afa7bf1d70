import Farm

/// The parameters in a policy's text, checked.
struct PolicyArguments: Sendable {
    /// The canonical text of the whole policy.
    let canonicalName: String
    /// Canonical values of the parameters that were given.
    private let given: [String: String]

    /// - Parameter text: `value` or `key=value,key=value`; empty for the defaults.
    init(_ text: String, of policy: PolicyDescription) throws(PolicyError) {
        let whole = text.isEmpty ? policy.name : "\(policy.name):\(text)"
        var given: [String: String] = [:]
        for (key, value) in try PolicyArguments.pairs(text, of: policy, whole: whole) {
            guard let parameter = policy.parameters.first(where: { $0.key == key }) else {
                let known = policy.parameters.map(\.key)
                throw PolicyError(
                    text: whole,
                    reason: "unknown parameter \"\(PolicyError.shortened(key))\" of \(policy.name)"
                        + (known.isEmpty ? "; it has none" : NearMatches.hint(for: key, among: known)))
            }
            guard given[key] == nil else {
                throw PolicyError(text: whole, reason: "\(key) is given twice; once is enough")
            }
            do {
                given[key] = try parameter.canonical(value)
            } catch {
                throw PolicyError(text: whole, reason: error.reason)
            }
        }
        for parameter in policy.parameters where parameter.defaultValue == nil && given[parameter.key] == nil {
            throw PolicyError(
                text: whole,
                reason: "\(policy.name) needs \(parameter.key), \(parameter.meaning), "
                    + "from \(parameter.range), as in \(policy.name):12")
        }
        self.given = given
        canonicalName = PolicyArguments.name(of: policy, given)
    }

    /// The canonical name that goes with the values.
    static func name(of policy: PolicyDescription, _ given: [String: String]) -> String {
        let telling = policy.parameters.filter { given[$0.key] != nil && given[$0.key] != $0.defaultValue }
        let texts = telling.map { parameter in
            let value = given[parameter.key] ?? ""
            return parameter.defaultValue == nil ? value : "\(parameter.key)=\(value)"
        }
        return texts.isEmpty ? policy.name : policy.name + ":" + texts.joined(separator: ",")
    }

    func isGiven(_ parameter: PolicyParameter) -> Bool { given[parameter.key] != nil }

    func word(_ parameter: PolicyParameter) -> String { given[parameter.key] ?? parameter.defaultValue ?? "" }

    func number(_ parameter: PolicyParameter) -> Double { PolicyParameter.number(word(parameter)) ?? 0 }

    func whole(_ parameter: PolicyParameter) -> Int { Int(word(parameter)) ?? 0 }

    private static func pairs(
        _ text: String, of policy: PolicyDescription, whole: String
    ) throws(PolicyError) -> [(key: String, value: String)] {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts.count == 1, !text.contains("=") {
            guard let first = policy.parameters.first else {
                throw PolicyError(
                    text: whole, reason: "\(policy.name) has no parameters; write \(policy.name) and nothing after it")
            }
            return [(first.key, text)]
        }
        var pairs: [(key: String, value: String)] = []
        for part in parts {
            guard let sign = part.firstIndex(of: "="), sign > part.startIndex else {
                throw PolicyError(
                    text: whole,
                    reason: "got \"\(PolicyError.shortened(part))\" where key=value is expected; "
                        + "write \(policy.name):key=value,key=value")
            }
            pairs.append((String(part[..<sign]), String(part[part.index(after: sign)...])))
        }
        return pairs
    }
}
