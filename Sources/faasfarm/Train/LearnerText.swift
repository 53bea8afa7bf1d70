import Learning

/// The catalogue of learners for `--help`.
enum LearnerText {
    /// The shortest name of each, such as `ppo, dqn or sarsa`.
    static var names: String {
        let names = LearnerCatalogue.standard.learners.map { $0.aliases.first ?? $0.algorithm }
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    /// A line for each algorithm and each of its presets.
    static var presets: String {
        LearnerCatalogue.standard.learners.flatMap { learner in
            let names = [learner.algorithm] + learner.aliases
            return ["  \(names.joined(separator: ", ")): \(learner.summary)"] + lines(learner)
        }.joined(separator: "\n")
    }

    private static func lines(_ learner: (some LearnerConfiguration).Type) -> [String] {
        learner.presets.map { "    \($0.name): \($0.summary)" }
    }
}
