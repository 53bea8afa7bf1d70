import Foundation
import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct LearnerCatalogueTests {
    private let catalogue = LearnerCatalogue.standard

    @Test("Every algorithm and preset makes valid settings, and an agent that goes on from its checkpoint")
    func standard() throws {
        var rules = Walk.Rules()
        rules.showsStep = false
        for type in catalogue.learners {
            for preset in [nil] + type.presetNames.map(Optional.some) {
                let configuration = try catalogue.configuration(type.algorithm, preset: preset)
                try configuration.validate()
                #expect(configuration.algorithm == type.algorithm)
                #expect(configuration.environments >= 1 && configuration.totalSteps >= 1)
                #expect(configuration.entries.contains { $0.name == "seed" && $0.value == "1" })
            }
            let settings = try catalogue.configuration(type.algorithm).setting("discount", to: "0.75")
            let learner = try settings.learner(on: Walk.vector(rules))
            try learner.train(until: 20) { _ in false }
            let again = try learner.checkpoint().learner(on: Walk.vector(rules))
            #expect(again.algorithm == type.algorithm && again.stepCount == learner.stepCount)
            #expect(try learner.checkpoint().configuration().text == settings.text)
        }
        #expect { try catalogue.configuration("ppo", preset: "none") } throws: {
            "\($0)".contains("zoo-cartpole, zoo-acr")
        }
        #expect { try catalogue.configuration("none") } throws: { "\($0)".contains("there are ppo, double-dqn, sarsa") }
    }

    @Test("Every property of a configuration is a setting with a meaning")
    func settings() throws {
        func check<Configuration: LearnerConfiguration>(_: Configuration.Type) {
            let labels = Mirror(reflecting: Configuration()).children.compactMap(\.label)
            let properties = labels.map { String($0.drop { $0 == "_" }) }.sorted()
            #expect(Configuration.settingNames == properties, "\(Configuration.algorithm)")
            for name in properties { #expect(Configuration.meaning(of: name)?.isEmpty == false, "\(name)") }
            #expect(Configuration.meaning(of: "none") == nil)
        }
        for type in catalogue.learners { check(type) }
    }

    @Test("dqn is double-dqn, and rl-zoo is the zoo's settings for the environment, or refused where there are none")
    func zoo() throws {
        let zoo = try catalogue.configuration("ppo", preset: "rl-zoo", environmentID: "faasfarm/Acrobot-v1")
        #expect(try zoo as? PPOConfiguration == PPOConfiguration.preset("zoo-acrobot"))
        let short = try catalogue.configuration("dqn", preset: "rl-zoo", environmentID: "faasfarm/MountainCar-v0")
        #expect(try short as? DoubleDQNConfiguration == DoubleDQNConfiguration.preset("zoo-mountaincar"))
        for (algorithm, id) in [("ppo", "faasfarm/Farm-v0"), ("sarsa", "faasfarm/CartPole-v1"), ("ppo", "")] {
            #expect(throws: LearningError.self) {
                try catalogue.configuration(algorithm, preset: "rl-zoo", environmentID: id)
            }
        }
    }

    @Test("The documentation's table of settings says each once, as the catalogue does")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/learning.md"), encoding: .utf8)
        let table = try table()
        #expect(text.contains(table), "docs/learning.md should have\n\(table)")
    }

    /// A row a setting: its default of each algorithm that has it, and what it means.
    private func table() throws -> String {
        var rows: [String: (meaning: String, defaults: [String])] = [:]
        for (place, type) in catalogue.learners.enumerated() {
            let entries = try catalogue.configuration(type.algorithm).entries
            for name in type.settingNames {
                let value = "`\(entries.first { $0.name == name }?.value ?? "null")`"
                let meaning = type.meaning(of: name) ?? ""
                var row = rows[name] ?? (meaning, catalogue.learners.map { _ in "" })
                #expect(row.meaning == meaning, "\(name) has two meanings")
                row.defaults[place] = value
                rows[name] = row
            }
        }
        let names = catalogue.learners.map { "`\($0.algorithm)`" }
        let head = [["| setting"] + names + ["|"], ["|---"] + names.map { _ in "---" } + ["---|"]]
        let body = rows.sorted { $0.key < $1.key }.map {
            ["| `\($0.key)`"] + $0.value.defaults + ["\($0.value.meaning) |"]
        }
        return
            (head.map { $0.joined(separator: $0[0] == "|---" ? "|" : " | ") } + body.map { $0.joined(separator: " | ") })
            .joined(separator: "\n")
    }

    @Test(
        "An algorithm of one's own is a configuration, a learner and an element of the list: trained, saved, loaded, tried"
    )
    func own() throws {
        let catalogue = LearnerCatalogue(LearnerCatalogue.standard.learners + [CountingConfiguration.self])
        let configuration = try catalogue.configuration("counting", preset: "second").setting("totalSteps", to: "40")
        try configuration.checkThatItLearns(from: 0, to: 40)
        #expect { try configuration.setting("favourite", to: "7") } throws: {
            "\($0)" == "favourite is 7; it must be from 0 to 1"
        }
        var rules = Walk.Rules()
        rules.bonus = 1
        let learner = try configuration.learner(on: Walk.vector(rules, count: 2))
        var returns: [Double] = []
        try learner.train(until: 40) { progress in
            returns += progress.episodes.map(\.episodicReturn)
            return true
        }
        #expect(returns.count > 4 && returns.allSatisfy { $0 == 10 })

        let path = NSTemporaryDirectory() + "counting-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try learner.checkpoint().save(to: path)
        let checkpoint = try Checkpoint(contentsOf: path)
        let again = try checkpoint.learner(on: Walk.vector(rules, count: 2), in: catalogue)
        let rewards = try #require((learner as? CountingLearner)?.rewards)
        #expect(again.stepCount == 40 && rewards > 60 && (again as? CountingLearner)?.rewards == rewards)
        let policy = try TrainedPolicy(checkpoint, in: catalogue)
        #expect(policy.greedyAction(Array(repeating: 0, count: policy.observationWidth)) == .discrete(1))

        #expect { try TrainedPolicy(checkpoint) } throws: {
            "\($0)".contains("of the algorithm \"counting\"; known are ppo")
        }
        #expect { try configuration.learner(on: Aim.vector(1)) } throws: {
            "\($0)".contains("counting needs a discrete action space, got a box")
        }
    }
}

/// Takes one action always, and learns how much reward there was.
struct CountingConfiguration: LearnerConfiguration {
    typealias Agent = CountingLearner

    @Setting(.environments) var environments = 2
    @Setting(.totalSteps) var totalSteps = 100
    @Setting(.discount) var discount = 1.0
    @Setting("the action to take", .within(0...1)) var favourite = 0
    @Setting(.seed) var seed: UInt64 = 1

    static let algorithm = "counting"
    static let summary = "takes its favourite action, and counts"
    static let actions = [ActionWriter.Form.discrete]
    static let presets = [Preset<Self>("second", "takes the second action") { $0.favourite = 1 }]

    var rate: (name: String, schedule: Schedule) { ("rate", .constant(1)) }

    func function(of checkpoint: Checkpoint) throws(LearningError) -> LearnedFunction {
        LearnedFunction { _ in [0, 1].map { $0 == favourite ? 1 : 0 } }
    }
}

final class CountingLearner: Learner {
    let configuration: CountingConfiguration
    let runner: EnvironmentRunner
    var generator: PCG64
    private(set) var rewards = 0.0

    init(_ vector: any ImmediateRows, _ configuration: CountingConfiguration) throws(LearningError) {
        self.configuration = configuration
        runner = try EnvironmentRunner(vector, for: configuration)
        generator = PCG64(seed: Seed(configuration.seed))
    }

    func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError) {
        while stepCount < steps {
            _ = try runner.beginIfNeeded()
            try runner.step(Array(repeating: Float(configuration.favourite), count: runner.count))
            rewards += runner.rewards.reduce(0, +)
            guard progress(TrainingProgress(runner, metrics: ["charts/rewards": rewards])) else { return }
        }
    }

    func tensors() -> [String: SafeTensors.Tensor] { ["rewards": SafeTensors.Tensor([rewards])] }

    func restore(from checkpoint: Checkpoint) throws(LearningError) {
        rewards = try checkpoint.doubles("rewards", count: 1)[0]
    }
}
