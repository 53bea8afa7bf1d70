import GRDB

/// Episodes' ids that this process has set aside in the file, so that an id is known before its episode is written.
///
/// SQLite never gives an id below its sequence again, so what is set aside here is nobody else's.
struct EpisodeNumbers {
    private var free: Range<Int64> = 1..<1
    private var size: Int64 = 2

    /// More are asked for each time, so that they seldom run out.
    private static let mostAtOnce: Int64 = 4_096

    /// Whether it is time to set more aside.
    var areLow: Bool { free.count < size / 2 }

    /// The next id; nil when none is left.
    mutating func take() -> Int64? { free.popFirst() }

    /// Takes over what ``reserve(_:count:)`` gave. Fewer than these are lost when both exist.
    mutating func refill(_ ids: Range<Int64>) {
        // What is left of the last ones comes first when the new ones follow them.
        free = free.upperBound == ids.lowerBound && !free.isEmpty ? free.lowerBound..<ids.upperBound : ids
    }

    /// How many to ask for.
    mutating func next() -> Int64 {
        size = min(size * 2, EpisodeNumbers.mostAtOnce)
        return size
    }

    /// Sets `count` ids aside in the file.
    static func reserve(_ db: Database, count: Int64) throws -> Range<Int64> {
        let last =
            try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'episodes'")
            ?? Int64.fetchOne(db, sql: "SELECT max(id) FROM episodes")
        if let last {
            try db.execute(
                sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'episodes'", arguments: [last + count])
        }
        if last == nil || db.changesCount == 0 {
            try db.execute(
                sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('episodes', ?)",
                arguments: [(last ?? 0) + count])
        }
        return (last ?? 0) + 1..<(last ?? 0) + count + 1
    }

    /// Gives back what was not used, unless others have set ids aside since.
    func giveBack(_ db: Database) throws {
        guard !free.isEmpty else { return }
        try db.execute(
            sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'episodes' AND seq = ?",
            arguments: [free.lowerBound - 1, free.upperBound - 1])
    }
}
