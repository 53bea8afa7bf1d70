import Testing

@testable import LocalGateway

@Suite("Go's durations")
struct GoDurationTests {
    @Test(
        "are read as Go reads them",
        arguments: [
            ("0", Duration.zero), ("0s", .zero), ("250ms", .milliseconds(250)), ("1s", .seconds(1)),
            ("1m", .seconds(60)),
            ("1.5h", .seconds(5_400)), ("1m30s", .seconds(90)), ("100us", .microseconds(100)),
            ("100µs", .microseconds(100)),
            ("7ns", .nanoseconds(7)), (".5s", .milliseconds(500)), ("20", .seconds(20)),
        ])
    func reads(_ text: String, _ duration: Duration) {
        #expect(GoDuration.parse(text) == duration)
    }

    @Test(
        "are refused when they are none",
        arguments: ["", "s", "-1s", "-1", "1x", "1 s", "1.2.3s", "1e3s", "ms1", "999999999h"])
    func refuses(_ text: String) {
        #expect(GoDuration.parse(text) == nil)
    }
}
