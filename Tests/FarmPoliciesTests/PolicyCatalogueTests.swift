import Farm
import FarmPolicies
import Testing

@Suite struct PolicyCatalogueTests {
    @Test(
        "a text becomes a policy with a canonical name",
        arguments: [
            ("static:12", "static:12"), ("static:workers=12", "static:12"), (" static : 12 ", "static:12"),
            ("reactive-average", "reactive-average"), ("reactive-average:floor=1", "reactive-average"),
            ("reactive-maximum:12", "reactive-maximum:floor=12"), ("ratchet:0.90", "ratchet:qos=0.9"),
            ("timetable:15=13,0=12,2=17", "timetable:0=12,2=17,15=13"),
            ("queue-length:5", "queue-length:target=5"), ("queue-length:target=5.0", "queue-length:target=5"),
            ("queue-length:cooldown=60,target=2", "queue-length:target=2,cooldown=60"),
            ("target-utilisation:target=7e-1", "target-utilisation:target=0.7"),
            ("openfaas-rps:mode=alert,factor=10", "openfaas-rps:mode=alert,factor=10"),
            ("concurrency:panic-threshold=150", "concurrency:panic-threshold=150"),
        ])
    func canonical(text: String, name: String) throws {
        let policy = try PolicyCatalogue.policy(text)
        #expect(policy.name == name)
        #expect(try PolicyCatalogue.policy(policy.name).name == name)
    }

    @Test(
        "a refusal says what was got and what to do",
        arguments: [
            ("statc:3", "did you mean \"static\"?"), ("", "there are: static, reactive-average"),
            ("nothing-like-it", "there are: static"), ("reactive", "did you mean \"reactive-average\" or"),
            ("queue-length:tagret=5", "did you mean \"target\"?"),
            ("queue-length:target=0", "must be a number from 0.01"),
            ("queue-length:target=nan", "must be a number"), ("queue-length:target=0x5", "must be a number"),
            ("queue-length:target=", "target is \"\""), ("queue-length:5,cooldown=3", "key=value is expected"),
            ("queue-length:target=1,target=2", "given twice"), ("queue-length:", "nothing comes after the colon"),
            ("queue-length:,", "key=value is expected"), ("queue-length:=5", "key=value is expected"),
            ("static", "static needs workers"), ("static:1.5", "a whole number from 0 to 10000"),
            ("static:-1", "a whole number from 0 to 10000"), ("static:1e30", "a whole number from 0 to 10000"),
            ("timetable", "write a timetable as"), ("timetable:12", "step=workers is expected"),
            ("timetable:0=1,0=2", "step 0 is given twice"),
            ("timetable:0=99999", "a number of workers from 0 to 10000"),
            ("timetable:-1=3", "a step must be from 0"), ("timetable:0=1=2", "step=workers is expected"),
            ("openfaas-rps:mode=alrt", "did you mean \"alert\"?"),
            ("openfaas-rps:mode=alert,target=3", "target means nothing with mode=alert"),
            ("openfaas-rps:factor=3", "factor means nothing with mode=rps"),
            ("ratchet:qos=95", "must be a number from 0 to 1"),
        ])
    func refusal(text: String, reason: String) throws {
        let error = try #require(throws: PolicyError.self) { try PolicyCatalogue.policy(text) }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test("a long text is refused, and is not repeated in whole")
    func longText() throws {
        for text in [String(repeating: "x", count: 200_000), "static:" + String(repeating: "9", count: 5_000)] {
            let error = try #require(throws: PolicyError.self) { try PolicyCatalogue.policy(text) }
            #expect("\(error)".count < 400)
        }
    }

    @Test("the catalogue describes each policy and parameter, and its defaults are allowed values")
    func descriptions() throws {
        #expect(Set(PolicyCatalogue.all.map(\.name)).count == PolicyCatalogue.all.count)
        for policy in PolicyCatalogue.all {
            #expect(!policy.summary.isEmpty && !policy.summary.contains("\n") && !policy.source.isEmpty)
            #expect(Set(policy.parameters.map(\.key)).count == policy.parameters.count)
            for parameter in policy.parameters {
                #expect(!parameter.meaning.isEmpty && !parameter.range.isEmpty)
                guard let value = parameter.defaultValue else { continue }
                let ofAlert = ["threshold", "factor", "repeat"].contains(parameter.key)
                let text = "\(policy.name):\(parameter.key)=\(value)" + (ofAlert ? ",mode=alert" : "")
                #expect(try PolicyCatalogue.policy(text).name == policy.name + (ofAlert ? ":mode=alert" : ""))
            }
        }
    }

    @Test("a grid of tunings is bounded, canonical and without repeats", arguments: ["paper", "demo"])
    func tunings(preset: String) throws {
        let scenario = try Scenario.preset(preset)
        for policy in PolicyCatalogue.all {
            let texts = try PolicyCatalogue.tunings(of: policy.name, in: scenario)
            if policy.name == "timetable" {
                #expect(texts.isEmpty)
                continue
            }
            // What has nothing to tune is itself.
            let least = policy.parameters.contains { $0.candidates != .none } ? 10 : 1
            #expect((least...60).contains(texts.count), "\(policy.name): \(texts.count)")
            #expect(Set(texts).count == texts.count)
            for text in texts { #expect(try PolicyCatalogue.policy(text).name == text) }
        }
        #expect(throws: PolicyError.self) { try PolicyCatalogue.tunings(of: "statik", in: scenario) }
    }

    @Test("tunings follow the scenario: worker counts its bounds, rates its service time")
    func tuningsFollowTheScenario() throws {
        let small = Scenario.plain(workers: WorkerBounds(min: 3, max: 5, initial: 3), service: 0.5)
        #expect(try PolicyCatalogue.tunings(of: "static", in: small) == ["static:3", "static:4", "static:5"])
        #expect(try PolicyCatalogue.tunings(of: "openfaas-rps", in: small).contains("openfaas-rps:target=1.8"))
        let fixed = Scenario.plain(workers: WorkerBounds(min: 4, max: 4, initial: 4))
        #expect(try PolicyCatalogue.tunings(of: "static", in: fixed) == ["static:4"])
        let large = Scenario.plain(workers: WorkerBounds(min: 0, max: 10_000, initial: 4))
        let spread = try PolicyCatalogue.tunings(of: "static", in: large)
        #expect(spread.count == 60 && spread.first == "static:0" && spread.last == "static:10000")
    }
}
