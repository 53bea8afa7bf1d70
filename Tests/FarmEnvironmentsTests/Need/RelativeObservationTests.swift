import Farm
import Gymnasium
import Testing

@testable import FarmEnvironments

struct RelativeObservationTests {
    private func place(_ name: String) throws -> Int { try #require(RelativeObservation.names.firstIndex(of: name)) }

    @Test func theSpaceIsTheSameWhateverTheBounds() throws {
        let one = try DecisionProcess(scenario: .small(), observation: .relative, action: .need, history: 3)
        let two = try DecisionProcess(scenario: .paperSized, observation: .relative, action: .need, history: 3)
        let count = 3 * RelativeObservation.names.count
        #expect(one.observationSpace == .box(Space.Box(shape: [count], low: [0], high: [1])))
        #expect(one.observationSpace == two.observationSpace)
        #expect(one.actionSpace == two.actionSpace)
        #expect(one.actionSpace == .discrete(Space.Discrete(n: Int64(NeedActions.count))))
    }

    @Test("A ratio of one is a half")
    func ratiosByHand() throws {
        var process = try DecisionProcess(scenario: .small(), observation: .relative, action: .need)
        // Four workers at first: a load of three.
        process.begin(WindowMetrics())
        let steady = 3 + 3.0.squareRoot() / 2
        let begun = process.observation
        #expect(begun[try place("most")] == Float(10 / (10 + steady)))
        #expect(begun[try place("least")] == Float(1 / (1 + steady)))
        #expect(begun[try place("service_of_deadline")] == Float(1.0 / 3))
        #expect(begun[try place("service_of_step")] == Float(0.2))
        #expect(begun[try place("waiting")] == 0)
        var window = WindowMetrics()
        window.windowSeconds = 2
        window.stages.first.arrivals = 12
        window.stages.first.arrivalRate = 6
        window.stages.first.recentArrivalRate = 6
        window.stages.first.oldestAge = 1
        window.stages.first.workers.ready = 4
        window.met = 3
        window.missed = 1
        _ = process.step(window, end: nil)
        // The first window's rate is the rate.
        #expect(process.observation[try place("window_rate")] == 0.5)
        #expect(process.observation[try place("recent_rate")] == 0.5)
        #expect(process.observation[try place("oldest_age")] == 0.5)
        #expect(process.observation[try place("missed")] == 0.25)
        #expect(process.observation[try place("ready")] == Float(4 / (4 + steady)))
    }

    @Test("Twice the tasks, workers and bounds look alike where work is half as long")
    func itMeansTheSameOnFarmsOfOtherTimes() throws {
        func observation(_ scale: Double) throws -> [Float] {
            var scenario = Scenario.small()
            scenario.stages.first.service = ServiceTime(.constant(0.5 * scale))
            scenario.stepSeconds = 2 * scale
            scenario.arrivals = .phases([.init(name: "all", seconds: 40 * scale, rate: .constant(2 / scale))])
            var process = try DecisionProcess(scenario: scenario, observation: .relative, action: .need)
            process.begin(WindowMetrics())
            var window = WindowMetrics()
            window.windowSeconds = 2 * scale
            window.stages.first.arrivals = 12
            window.stages.first.arrivalRate = 6 / scale
            window.stages.first.queueLength = 5
            window.stages.first.oldestAge = 0.4 * scale
            _ = process.step(window, end: nil)
            return process.observation
        }
        let (one, four) = (try observation(1), try observation(4))
        let service = try place("service")
        for index in one.indices where index != service { #expect(abs(one[index] - four[index]) < 1e-6) }
        #expect(one[service] < four[service])
    }

    @Test func itStandsAlone() throws {
        #expect(try ObservationScheme("relative") == .relative)
        #expect(ObservationScheme.relative.value == "relative")
        let refused = try #require(refusal { _ = try ObservationScheme(.tuple(["relative", "qos"])) })
        #expect(refused.message.contains("\"relative\" is a whole observation"))
        #expect(RelativeObservation.names.count == Set(RelativeObservation.names).count)
        #expect(RelativeObservation.names.count == RelativeObservation.meanings.count)
    }
}
