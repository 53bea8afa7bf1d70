import Gymnasium
import Testing

@testable import Learning

@Suite struct LearnerConfigurationTests {
    @Test("Every algorithm and preset of the catalogue makes valid settings")
    func catalogue() throws {
        for (algorithm, presets) in LearnerConfiguration.catalogue {
            for preset in [nil] + presets.map(Optional.some) {
                let configuration = try LearnerConfiguration(algorithm: algorithm, preset: preset)
                try configuration.validate()
                #expect(configuration.algorithm == algorithm)
                #expect(configuration.environments >= 1 && configuration.totalSteps >= 1)
                #expect(configuration.entries.contains { $0.name == "seed" && $0.value == "1" })
            }
        }
        #expect(throws: LearningError.self) { try LearnerConfiguration(algorithm: "ppo", preset: "none") }
        #expect(throws: LearningError.self) { try LearnerConfiguration(algorithm: "none", preset: nil) }
    }

    @Test("A setting is changed by its name and a JSON text, and nothing else with it")
    func settings() throws {
        let first = try LearnerConfiguration(algorithm: "ppo", preset: "zoo-cartpole")
        var expected = PPOConfiguration.zooCartPole
        expected.epochs = 7
        expected.learningRate = .linear(from: 0.5, to: 0.25)
        expected.targetKL = 0.02
        expected.activation = .relu
        expected.hidden = [32]
        var changed = first
        for (name, text) in [
            ("epochs", "7"), ("learningRate", #"{"from": 0.5, "to": 0.25}"#), ("targetKL", "0.02"),
            ("activation", "relu"), ("hidden", "[32]"),
        ] {
            changed = try changed.setting(name, to: text)
        }
        #expect(changed == .ppo(expected))
        expected.targetKL = nil
        expected.learningRate = .constant(0.001)
        changed = try changed.setting("targetKL", to: "null").setting("learningRate", to: "0.001")
        #expect(changed == .ppo(expected))
    }

    @Test("Unknown names, values of another kind and values out of range are refused with what is there")
    func refusals() throws {
        let configuration = try LearnerConfiguration(algorithm: "double-dqn", preset: nil)
        for (name, text, part) in [
            ("epoch", "7", "it has activation, discount"), ("minibatchSize", "many", "value now is 64"),
            ("minibatchSize", "0", "from 1 to"), ("hidden", "[0]", "1 to 4,096"), ("hidden", "null", "expected"),
        ] {
            #expect { try configuration.setting(name, to: text) } throws: { "\($0)".contains(part) }
        }
    }

    @Test("An agent is made of a configuration, and again of its checkpoint")
    func learners() throws {
        var rules = Walk.Rules()
        rules.showsStep = false
        for (algorithm, _) in LearnerConfiguration.catalogue {
            let learner = try LearnerConfiguration(algorithm: algorithm, preset: nil).learner(on: Walk.vector(rules))
            try learner.train(until: 20) { _ in false }
            let again = try learner.checkpoint().learner(on: Walk.vector(rules))
            #expect(again.algorithm == algorithm && again.stepCount == learner.stepCount)
        }
    }

    @Test("Every setting of every algorithm says what it means")
    func meanings() throws {
        for (algorithm, _) in LearnerConfiguration.catalogue {
            let configuration = try LearnerConfiguration(algorithm: algorithm, preset: nil)
            #expect(Set(configuration.entries.map(\.name)).isSubset(of: configuration.names))
            for name in configuration.names { #expect(configuration.meaning(of: name)?.isEmpty == false, "\(name)") }
            #expect(configuration.meaning(of: "none") == nil)
        }
    }

    @Test("dqn is double-dqn, and rl-zoo is the zoo's settings for the environment, or refused where there are none")
    func zoo() throws {
        let zoo = try LearnerConfiguration(algorithm: "ppo", preset: "rl-zoo", environmentID: "faasfarm/Acrobot-v1")
        #expect(zoo == .ppo(.zooAcrobot))
        let short = try LearnerConfiguration(
            algorithm: "dqn", preset: "rl-zoo", environmentID: "faasfarm/MountainCar-v0")
        #expect(short == .doubleDQN(.zooMountainCar))
        for (algorithm, id) in [("ppo", "faasfarm/Farm-v0"), ("sarsa", "faasfarm/CartPole-v1"), ("ppo", "")] {
            #expect(throws: LearningError.self) {
                try LearnerConfiguration(algorithm: algorithm, preset: "rl-zoo", environmentID: id)
            }
        }
    }

    @Test("The settings of a checkpoint are those it was trained with")
    func settingsOfCheckpoints() throws {
        for (algorithm, _) in LearnerConfiguration.catalogue {
            let configuration = try LearnerConfiguration(algorithm: algorithm, preset: nil).setting(
                "discount", to: "0.75")
            let learner = try configuration.learner(on: Walk.vector(Walk.Rules()))
            #expect(try LearnerConfiguration(learner.checkpoint()) == configuration)
        }
    }

    @Test("Results of a round's episodes are averaged by name; what is not finite is left out")
    func results() {
        func end(_ qos: Double) -> EpisodeEnd {
            EpisodeEnd(step: 1, episodicReturn: 0, length: 1, result: [TrainingProgress.Metric("qos", qos)])
        }
        let progress = TrainingProgress(step: 1, episodes: [end(0.5), end(1), end(.nan)], metrics: [:])
        #expect(progress.meanResults == [TrainingProgress.Metric("qos", 0.75)])
        #expect(TrainingProgress(step: 1, episodes: [], metrics: [:]).meanResults.isEmpty)
    }
}
