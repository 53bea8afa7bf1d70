/// A version of SQLite, and what is known to be wrong with it.
struct SQLiteVersion {
    let text: String
    private let parts: [Int]

    init(_ text: String) {
        self.text = text
        let numbers = text.split(separator: ".").map { Int($0) ?? 0 }
        parts = (0..<3).map { $0 < numbers.count ? numbers[$0] : 0 }
    }

    /// Whether committed pages can be lost where two connections write, or move the write-ahead log into, one file:
    /// versions from 3.7.0 on, corrected in 3.51.3, 3.50.7 and 3.44.6 (sqlite.org/wal.html, "WAL-reset bug").
    var mayLoseCommits: Bool {
        if isBefore(3, 7, 0) || !isBefore(3, 51, 3) { return false }
        if !isBefore(3, 50, 7), isBefore(3, 51, 0) { return false }
        if !isBefore(3, 44, 6), isBefore(3, 45, 0) { return false }
        return true
    }

    private func isBefore(_ major: Int, _ minor: Int, _ patch: Int) -> Bool {
        parts.lexicographicallyPrecedes([major, minor, patch])
    }
}
