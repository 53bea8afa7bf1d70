import Foundation
import GRDB

/// A reward in the two columns that keep every bit of it. SQLite's REAL turns a NaN into NULL and -0.0 into 0.0.
struct Reward {
    let value: Double

    init(_ value: Double) { self.value = value }

    init(row: Row) {
        if let bits: Int64 = row["reward_bits"] {
            value = Double(bitPattern: UInt64(bitPattern: bits))
        } else {
            value = row["reward"] ?? .nan
        }
    }

    var number: Double? { value.isNaN ? nil : value }

    var bits: Int64? {
        let kept = !value.isNaN && !(value == 0 && value.sign == .minus)
        return kept ? nil : Int64(bitPattern: value.bitPattern)
    }
}

/// Points in time as text that people and SQLite's date functions read: ISO 8601, UTC, milliseconds.
enum Timestamp {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// By the C library, since it is written with every row, and Foundation's formatting takes longer than the row.
    static func text(_ date: Date) -> String {
        // A date that was read is a little off its millisecond, by less than a thousandth of it.
        let milliseconds = Int((date.timeIntervalSince1970 * 1_000 + 0.001).rounded(.down))
        var seconds = time_t((Double(milliseconds) / 1_000).rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let text = String(unsafeUninitializedCapacity: 64) { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                strftime($0.baseAddress, $0.count, "%Y-%m-%dT%H:%M:%S", &parts)
            }
        }
        let rest = String(1_000 + milliseconds - 1_000 * Int(seconds)).dropFirst()
        return "\(text).\(rest)Z"
    }

    /// What ``text(_:)`` writes by the C library too, since lists are long; other forms of ISO 8601 by Foundation.
    static func date(_ text: String) throws -> Date {
        if let date = written(text) { return date }
        return try style.parse(text)
    }

    /// nil for any other form, and for what is no date.
    private static func written(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { bytes -> Date? in
            let (zero, nine) = (UInt8(ascii: "0"), UInt8(ascii: "9"))
            let isWritten = zip(bytes, form).allSatisfy { $1 == zero ? (zero...nine).contains($0) : $0 == $1 }
            guard bytes.count == form.count, isWritten else { return nil }
            func number(_ places: Range<Int>) -> Int32 { bytes[places].reduce(0) { 10 * $0 + Int32($1 - zero) } }
            var parts = tm()
            (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(0..<4) - 1_900, number(5..<7) - 1, number(8..<10))
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(11..<13), number(14..<16), number(17..<19))
            guard (0...11).contains(parts.tm_mon), (1...31).contains(parts.tm_mday), parts.tm_hour < 24,
                parts.tm_min < 60, parts.tm_sec < 60
            else { return nil }
            return Date(timeIntervalSince1970: Double(timegm(&parts)) + Double(number(20..<23)) / 1_000)
        }
    }

    private static let form = Array("0000-00-00T00:00:00.000Z".utf8)
}

/// A row that holds what this program does not write. It leaves the room as ``EpisodeStoreError/damaged(path:detail:)``.
struct UnreadableRow: Error, CustomStringConvertible {
    let description: String
}
