import Testing

@testable import Farm

struct NearMatchesTests {
    private let names = ["queue_length", "ready", "retries", "running"]

    @Test func aSlipOfTheKeyIsFound() {
        #expect(NearMatches.of("redy", among: names).first == "ready")
        #expect(NearMatches.of("raedy", among: names) == ["ready"])
        #expect(NearMatches.of("QUEUE_LENGTH", among: names) == ["queue_length"])
        #expect(NearMatches.of("length", among: names) == ["queue_length"])
    }

    @Test func nothingNearListsWhatThereIs() {
        #expect(NearMatches.of("", among: names).isEmpty)
        #expect(NearMatches.of(String(repeating: "ready", count: 1_000), among: names).isEmpty)
        #expect(NearMatches.hint(for: "xyz", among: names) == "; there are: queue_length, ready, retries, running")
        #expect(NearMatches.hint(for: "redy", among: names).hasPrefix("; did you mean \"ready\""))
    }
}
