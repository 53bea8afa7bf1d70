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

    /// By arithmetic, since it is written with every row, and formatting takes longer than the row.
    static func text(_ date: Date) -> String {
        // A date that was read is a little off its millisecond, by less than a thousandth of it.
        let milliseconds = Int((date.timeIntervalSince1970 * 1_000 + 0.001).rounded(.down))
        let (day, ofDay) = milliseconds.flooredDivision(by: 86_400_000)
        // Years begin in March, so that the leap day is a year's last; eras of 400 years have 146,097 days.
        let (era, dayOfEra) = (day + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        var text = [UInt8](repeating: UInt8(ascii: "0"), count: 24)
        func write(_ number: Int, _ digits: Int, at place: Int, then separator: Character) {
            var rest = number
            for digit in 0..<digits {
                text[place + digits - 1 - digit] += UInt8(rest % 10)
                rest /= 10
            }
            text[place + digits] = separator.asciiValue ?? 0
        }
        write(era * 400 + yearOfEra + (month < 10 ? 0 : 1), 4, at: 0, then: "-")
        write(month < 10 ? month + 3 : month - 9, 2, at: 5, then: "-")
        write(dayOfYear - (153 * month + 2) / 5 + 1, 2, at: 8, then: "T")
        write(ofDay / 3_600_000, 2, at: 11, then: ":")
        write(ofDay / 60_000 % 60, 2, at: 14, then: ":")
        write(ofDay / 1_000 % 60, 2, at: 17, then: ".")
        write(ofDay % 1_000, 3, at: 20, then: "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// What ``text(_:)`` writes by arithmetic, since lists are long; other forms of ISO 8601 by Foundation.
    static func date(_ text: String) throws -> Date {
        if let date = written(text) { return date }
        return try style.parse(text)
    }

    /// nil for any other form, and for what is no date.
    private static func written(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { bytes -> Date? in
            guard bytes.count == 24, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
                bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
                bytes[19] == UInt8(ascii: "."), bytes[23] == UInt8(ascii: "Z")
            else { return nil }
            func number(_ places: Range<Int>) -> Int? {
                var number = 0
                for place in places {
                    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) else { return nil }
                    number = 10 * number + Int(bytes[place] - UInt8(ascii: "0"))
                }
                return number
            }
            guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                let milliseconds = number(20..<23), (1...12).contains(month), (1...31).contains(day),
                hour < 24, minute < 60, second < 60
            else { return nil }
            let shifted = month > 2 ? year : year - 1
            let (era, yearOfEra) = shifted.flooredDivision(by: 400)
            let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
            let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            let days = era * 146_097 + dayOfEra - 719_468
            let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
            return Date(timeIntervalSince1970: Double(seconds) + Double(milliseconds) / 1_000)
        }
    }
}

/// A row that holds what this program does not write. It leaves the room as ``EpisodeStoreError/damaged(path:detail:)``.
struct UnreadableRow: Error, CustomStringConvertible {
    let description: String
}

extension Int {
    /// Rounded down, and the rest, 0 to `divisor` − 1.
    fileprivate func flooredDivision(by divisor: Int) -> (quotient: Int, rest: Int) {
        let rest = (self % divisor + divisor) % divisor
        return ((self - rest) / divisor, rest)
    }
}
