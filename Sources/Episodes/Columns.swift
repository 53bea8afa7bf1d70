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

    static func text(_ date: Date) -> String { date.formatted(style) }

    static func date(_ text: String) throws -> Date { try style.parse(text) }
}

/// A row that holds what this program does not write. It leaves the room as ``EpisodeStoreError/damaged(path:detail:)``.
struct UnreadableRow: Error, CustomStringConvertible {
    let description: String
}
