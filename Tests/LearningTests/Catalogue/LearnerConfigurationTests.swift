import Gymnasium
import Testing

@testable import Learning

@Suite struct LearnerConfigurationTests {
    @Test("A setting is changed by its name and a JSON text, and nothing else with it")
    func settings() throws {
        let first = try PPOConfiguration.preset("zoo-cartpole")
        var expected = first
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
        #expect(changed == expected)
        expected.targetKL = nil
        expected.learningRate = .constant(0.001)
        changed = try changed.setting("targetKL", to: "null").setting("learningRate", to: "0.001")
        #expect(changed == expected)
    }

    @Test("Unknown names, values of another kind and values out of range are refused with what is there")
    func refusals() throws {
        let configuration = DoubleDQNConfiguration()
        for (name, text, part) in [
            ("epoch", "7", "it has activation, discount"), ("minibatchSize", "many", "value now is 64"),
            ("minibatchSize", "0", "minibatchSize is 0; it must be from 1 to 1,000,000"),
            ("hidden", "[0]", "1 to 4,096"),
            ("hidden", "null", "expected"), ("totalSteps", "0", "totalSteps is 0; it must be 1 or more"),
            ("errorBound", "0", "errorBound is 0.0; it must be above 0"),
            ("rewardBound", "-1", "rewardBound is -1.0; it must be above 0"),
            ("learningRate", #"{"from": -1, "to": 0}"#, "learningRate.from is -1.0; it must be from 0 to 100"),
            ("exploration", #"{"from": 1, "to": 2}"#, "exploration.to is 2.0; it must be from 0 to 1"),
            ("exploration", #"{"from": 1, "to": 0, "factor": 2}"#, "exploration.factor is 2.0; it must be from 0 to 1"),
            ("exploration", #"{"from": 1, "to": 0, "fraction": -1}"#, "exploration.fraction is -1.0"),
        ] {
            #expect { try configuration.setting(name, to: text) } throws: { "\($0)".contains(part) }
        }
        #expect { try PPOConfiguration().setting("entropyCoefficient", to: "1e9") } throws: {
            "\($0)".contains("from -1,000,000 to 1,000,000")
        }
    }
}
