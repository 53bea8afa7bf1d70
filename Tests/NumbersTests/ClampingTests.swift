import Numbers
import Testing

@Suite("Numbers from outside")
struct ClampingTests {
    /// 0, -1, nan, infinities, large and small: what `Duration.seconds` and `Int.init` end the process for among them.
    static let odd: [Double] = [
        0, -0.0, -1, .nan, .signalingNaN, .infinity, -.infinity, 1e30, -1e30, 1e-30, 0x1p63, -0x1p63, 1e18,
        .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]

    @Test("any number of seconds is a duration that clocks can add to now", arguments: odd)
    func durations(_ seconds: Double) {
        let duration = Duration(clampingSeconds: seconds)
        #expect(Duration.zero - Duration.longest <= duration && duration <= .longest)
        let now = ContinuousClock.now
        #expect((now + duration) - now == duration)
    }

    @Test("usual seconds stay what they are")
    func usual() {
        #expect(Duration(clampingSeconds: 1.5) == .milliseconds(1_500))
        #expect(Duration(clampingSeconds: -2) == .seconds(-2))
        #expect(Duration(clampingSeconds: .nan) == .zero)
        #expect(Duration(clampingSeconds: .infinity) == .longest)
    }

    @Test("any number is an integer, the nearest one towards zero", arguments: odd)
    func integers(_ number: Double) {
        let whole = Int(clamping: number)
        if let exact = Int(exactly: number.rounded(.towardZero)) { #expect(whole == exact) }
        if number.isNaN { #expect(whole == 0) }
        if number >= 0x1p63 { #expect(whole == .max) }
        if number <= -0x1p63 { #expect(whole == .min) }
    }
}
