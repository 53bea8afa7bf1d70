import Foundation
import Testing

@testable import Terminal

@Suite("Progress and interrupts")
struct TerminalTests {
    @Test("A line fits a terminal whose last column stays free", arguments: [80, 12, 5, 2, 1, 0])
    func fitted(columns: Int) {
        let text = ProgressOutput.fitted("policies: 12 of 200 episodes", to: columns)
        #expect(text.count <= max(columns - 1, 1))
        if columns == 12 { #expect(text == "policies: …") }
    }

    @Test("Durations as people say them")
    func durations() {
        #expect(Duration.seconds(8.9).brief == "8 s")
        #expect(Duration.seconds(-1).brief == "0 s")
        #expect(Duration.seconds(119).brief == "119 s")
        #expect(Duration.seconds(300).brief == "5 min")
        #expect(Duration.seconds(12_240).brief == "3.4 h")
    }
}
