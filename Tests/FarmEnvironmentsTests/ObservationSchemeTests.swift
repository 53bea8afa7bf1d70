import Gymnasium
import Testing

@testable import FarmEnvironments

struct ObservationSchemeTests {
    @Test func namesOfSchemesAndOfFeatures() throws {
        #expect(try ObservationScheme("full") == .full)
        #expect(try ObservationScheme("paper") == .paper)
        #expect(try ObservationScheme("ready") == .list(["ready"]))
        #expect(try ObservationScheme("ready, qos ,desired") == .list(["ready", "qos", "desired"]))
        #expect(try ObservationScheme(.tuple(["ready", "qos"])) == .list(["ready", "qos"]))
    }

    @Test func fullAmongNamesStandsForItsFeatures() throws {
        let scheme = try ObservationScheme("full,time_of_day")
        #expect(try scheme.features?.count == 17)
        #expect(try scheme.features?.last?.name == "time_of_day")
    }

    @Test(arguments: [ObservationScheme.full, .paper, .list(["ready", "retries"])])
    func itsValueReadsAsItself(_ scheme: ObservationScheme) throws {
        #expect(try ObservationScheme(scheme.value) == scheme)
    }

    @Test(
        arguments: [
            "", "ready,", ",", "Full", "paper,ready", "ready,ready", "full,ready", 3, 1.5, true, .tuple([]),
            .tuple([1]),
            .tuple(["ready", 2]), .dict([]), .array(NDArray([Float(1)])),
        ] as [Value])
    func rubbishIsRefused(_ value: Value) throws {
        let refused = try #require(refusal { _ = try ObservationScheme(value) })
        #expect(refused.argument == "observation")
        #expect(!refused.message.isEmpty)
    }

    @Test func aListMadeInCodeIsCheckedToo() {
        #expect(refusal { _ = try DecisionProcess(scenario: .small(), observation: .list(["nothing"])) } != nil)
        #expect(refusal { _ = try DecisionProcess(scenario: .small(), observation: .list([])) } != nil)
    }
}
