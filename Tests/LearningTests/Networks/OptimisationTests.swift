import Foundation
import Randomness
import Testing

@testable import Learning

@Suite struct OptimisationTests {
    @Test("Adam's steps are those of its paper's algorithm, written out in double precision")
    func adam() {
        var generator = PCG64(seed: Seed(3))
        let count = 13
        let parameters = FloatBuffer(count: count)
        let optimiser = Adam(parameters, epsilon: 1e-5)
        var expected = [Double](repeating: 0, count: count)
        var means = expected
        var squares = expected
        for step in 1...50 {
            for index in 0..<count {
                let gradient = 0.01 * (2 * generator.nextDouble() - 1)
                optimiser.gradients[index] = Float(gradient)
                means[index] = 0.9 * means[index] + 0.1 * gradient
                squares[index] = 0.999 * squares[index] + 0.001 * gradient * gradient
                let mean = means[index] / (1 - pow(0.9, Double(step)))
                let square = squares[index] / (1 - pow(0.999, Double(step)))
                expected[index] -= 0.01 * mean / (square.squareRoot() + 1e-5)
            }
            optimiser.step(learningRate: 0.01, maxNorm: 1)
        }
        for index in 0..<count { #expect(abs(Double(parameters[index]) - expected[index]) < 1e-5) }
    }

    @Test("Gradients that are not finite change nothing")
    func notFinite() {
        let parameters = FloatBuffer(count: 9)
        let optimiser = Adam(parameters, epsilon: 1e-5)
        for bad in [Float.nan, .infinity] {
            optimiser.gradients[3] = bad
            let norm = optimiser.step(learningRate: 0.1, maxNorm: 0.5)
            #expect(!norm.isFinite)
        }
        #expect(parameters.elements == Array(repeating: 0, count: 9))
        #expect(optimiser.tensors()["optimiser.steps"]?.doubles == [0])
    }

    @Test("Schedules begin, end and stay where they say")
    func schedules() {
        let linear = Schedule.linear(from: 1, to: 0.2, fraction: 0.5)
        #expect([0, 0.25, 0.5, 0.75, 2].map { linear.value(progress: $0) } == [1, 0.6, 0.2, 0.2, 0.2])
        #expect(Schedule.linear(from: 1e-3, to: 0).value(progress: 1) == 0)
        #expect(Schedule.constant(3).value(progress: 0.7) == 3)
        let decay = Schedule.perEpisode(from: 0.8, factor: 0.5, to: 0.15)
        #expect([0, 1, 2, 3, 90].map { decay.value(progress: 0, episodes: $0) } == [0.8, 0.4, 0.2, 0.15, 0.15])
    }

    @Test("Schedules as JSON: a number, or an object; what is written is read")
    func scheduleText() throws {
        for (schedule, text) in [
            (Schedule.constant(0.2), "[0.2]"),
            (.linear(from: 1, to: 0.5, fraction: 0.25), #"[{"fraction":0.25,"from":1,"to":0.5}]"#),
            (.perEpisode(from: 1, factor: 0.5, to: 0.25), #"[{"factor":0.5,"from":1,"to":0.25}]"#),
        ] {
            #expect(JSONText.encode([schedule]) == text)
            #expect(JSONText.decode([Schedule].self, text) == [schedule])
        }
        #expect(JSONText.decode([Schedule].self, #"[{"from":1,"to":0}]"#) == [.linear(from: 1, to: 0)])
        #expect(JSONText.decode([Schedule].self, #"[{"from":1}]"#) == nil)
    }

    @Test("Normalised in batches of any size, the mean and variance are those of all rows together")
    func normaliser() {
        var generator = PCG64(seed: Seed(4))
        var normaliser = RunningNormaliser(width: 2)
        var rows: [[Float]] = []
        for size in [1, 5, 2, 90, 1, 400] {
            let batch = (0..<size).map { _ in
                [Float(3 + 2 * generator.nextDouble()), Float(-50 * generator.nextDouble())]
            }
            rows += batch
            normaliser.update(batch.flatMap(\.self), count: size)
        }
        for column in 0..<2 {
            let values = rows.map { Double($0[column]) }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            #expect(abs(normaliser.means[column] - mean) < 1e-4 * max(1, abs(mean)))
            #expect(abs(normaliser.variances[column] / variance - 1) < 1e-4)
        }
        var far: [Float] = [1e6, -1e6]
        normaliser.normalise(&far, count: 1)
        #expect(far == [10, -10])
    }
}
