import Foundation
import Randomness
import Testing

@testable import Episodes

@Suite("Timestamps")
struct TimestampTests {
    @Test("Foundation's text, on leap days and turns of the year too")
    func text() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var generator = PCG64(seed: Seed(3))
        // From 1970 to 2100, in eighths of a second, which a Date holds exactly.
        var seconds = (0..<2_000).map { _ in (generator.nextDouble() * 4.1e9 * 8).rounded() / 8 }
        seconds += [0, 951_782_400, 951_868_799.875, 1_709_164_800, 1_735_689_599.875, 4_107_542_400, -0.125, -86_400]
        for second in seconds {
            let date = Date(timeIntervalSince1970: second)
            #expect(Timestamp.text(date) == date.formatted(style))
            #expect(try Timestamp.date(Timestamp.text(date)) == date)
        }
    }

    @Test("What is written is read again to the millisecond, and other forms are Foundation's to read")
    func reading() throws {
        for index in 0..<3_000 {
            let date = Date(timeIntervalSince1970: 1_709_164_799 + Double(index) * 0.777)
            let text = Timestamp.text(date)
            #expect(abs(try Timestamp.date(text).timeIntervalSince(date)) < 0.0011)
            #expect(Timestamp.text(try Timestamp.date(text)) == text)
        }
        #expect(abs(try Timestamp.date("1970-01-01T00:00:00.001Z").timeIntervalSince1970 - 0.001) < 1e-6)
        for text in ["2026-13-01T00:00:00.000Z", "2026-01-01 00:00:00.000Z", "today", ""] {
            #expect(throws: (any Error).self) { try Timestamp.date(text) }
        }
    }
}
