import Randomness
import Testing

@testable import LocalGateway

@Suite("What envVars say to the gateway")
struct ReplicaRulesTests {
    @Test("nothing: no delay, no limits, 30 s of grace")
    func defaults() throws {
        let rules = try ReplicaRules(envVars: ["mode": "http"])
        #expect(rules == ReplicaRules())
        #expect(rules.terminationGrace == .seconds(30))
    }

    @Test("every variable is read")
    func all() throws {
        let rules = try ReplicaRules(envVars: [
            "start_delay": "1s", "start_delay_sd": "100ms", "start_delay_min": "500ms", "start_delay_max": "2s",
            "max_inflight": "3",
            "exec_timeout": "250ms", "termination_grace": "1m",
        ])
        #expect(
            rules.startDelay
                == StartDelay(
                    mean: .seconds(1), deviation: .milliseconds(100), minimum: .milliseconds(500), maximum: .seconds(2))
        )
        #expect(rules.maxInFlight == 3)
        #expect(rules.execTimeout == .milliseconds(250))
        #expect(rules.terminationGrace == .seconds(60))
        #expect(try ReplicaRules(envVars: ["exec_timeout": "0s"]).execTimeout == nil)
    }

    @Test(
        "a refusal names the variable",
        arguments: [
            ("start_delay", "soon"), ("max_inflight", "-1"), ("max_inflight", "many"), ("exec_timeout", "1y"),
            ("a=b", "c"),
            ("termination_grace", "-1s"),
        ])
    func refusals(_ name: String, _ value: String) throws {
        let refusal = #expect(throws: Refusal.self) { try ReplicaRules(envVars: [name: value]) }
        #expect(refusal?.status == 400)
        #expect(refusal?.text.contains(name) == true)
    }

    @Test("start delays stay within their bounds and spread around their mean")
    func startDelays() {
        var generator = PCG64(seed: Seed(1))
        let delay = StartDelay(
            mean: .seconds(1), deviation: .seconds(1), minimum: .milliseconds(500), maximum: .milliseconds(1_500))
        let samples = (0..<2_000).map { _ in delay.sample(using: &generator) }
        #expect(samples.allSatisfy { (.milliseconds(500)...(.milliseconds(1_500))).contains($0) })
        let mean = samples.reduce(.zero, +) / samples.count
        #expect((.milliseconds(950)...(.milliseconds(1_050))).contains(mean))
        #expect(Set(samples).count > 1_000)
        #expect(StartDelay(mean: .seconds(1)).sample(using: &generator) == .seconds(1))
        // Bounds that chance does not reach.
        let far = StartDelay(mean: .seconds(1), deviation: .nanoseconds(1), minimum: .seconds(5), maximum: .seconds(6))
        #expect(far.sample(using: &generator) == .seconds(5))
    }
}
