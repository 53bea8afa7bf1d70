public import Farm

/// All policies by name.
public enum PolicyCatalogue {
    /// In the order in which people should meet them: the plain ones first.
    public static let all: [PolicyDescription] = [
        StaticPolicy.description, ReactivePolicy.average, ReactivePolicy.maximum, RatchetPolicy.description,
        TimetablePolicy.description, QueueLengthPolicy.description, UtilisationPolicy.description,
        ConcurrencyPolicy.description, RequestRatePolicy.description, ForecastPolicy.description,
        ExpertsPolicy.description, LookaheadPolicy.description,
    ]

    /// A policy from its text: `name`, `name:value` or `name:key=value,key=value`. Spaces and tabs are left out.
    ///
    /// - Throws: ``PolicyError`` for an unknown name or key (with near ones), a value out of its range, a missing or
    ///   repeated parameter, and what has no such form.
    public static func policy(_ text: String) throws(PolicyError) -> any FarmPolicy {
        let dense = text.filter { $0 != " " && $0 != "\t" }
        guard dense.utf8.count <= 100_000 else {
            throw PolicyError(text: text, reason: "the text has \(dense.utf8.count) bytes; 100000 are the most")
        }
        if dense.hasPrefix(GuardedPolicy.prefix) {
            let inner = String(dense.dropFirst(GuardedPolicy.prefix.count))
            guard !inner.hasPrefix(GuardedPolicy.prefix) else {
                throw PolicyError(text: text, reason: "a guarded policy is guarded again; once is enough")
            }
            return GuardedPolicy(try policy(inner))
        }
        let parts = dense.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let description = try description(of: String(parts.first ?? ""), in: text)
        guard parts.count == 2 else {
            return RulePolicy(
                try description.make(try PolicyArguments("", of: description)), needs: description.needs)
        }
        guard !parts[1].isEmpty else {
            throw PolicyError(
                text: text, reason: "nothing comes after the colon; write \(description.name), or a value after it")
        }
        // A timetable's keys are steps, which are no parameters.
        if description.name == TimetablePolicy.description.name {
            return RulePolicy(try TimetablePolicy(String(parts[1])), needs: description.needs)
        }
        return RulePolicy(
            try description.make(try PolicyArguments(String(parts[1]), of: description)), needs: description.needs)
    }

    /// The texts of a grid over the candidate values of a policy's parameters, for a tuner to try: at most 60, all of
    /// them valid and canonical. Empty for a timetable, which is written for one scenario.
    ///
    /// - Throws: ``PolicyError`` for an unknown name.
    public static func tunings(of name: String, in scenario: Scenario) throws(PolicyError) -> [String] {
        let description = try description(of: name, in: name)
        var grid: [[String: String]] = [[:]]
        for parameter in description.parameters where parameter.candidates != .none {
            let values = parameter.candidateValues(in: scenario)
            // A scenario whose rates are out of the parameter's range leaves the default.
            guard !values.isEmpty else { continue }
            grid = grid.flatMap { given in values.map { given.merging([parameter.key: $0]) { _, new in new } } }
        }
        var seen: Set<String> = []
        return grid.map { PolicyArguments.name(of: description, $0) }
            .filter { $0 != TimetablePolicy.description.name && seen.insert($0).inserted }
    }

    private static func description(of name: String, in text: String) throws(PolicyError) -> PolicyDescription {
        guard let description = all.first(where: { $0.name == name }) else {
            throw PolicyError(
                text: text,
                reason: "there is no policy of the name \"\(PolicyError.shortened(name))\""
                    + NearMatches.hint(for: name, among: all.map(\.name)))
        }
        return description
    }
}
