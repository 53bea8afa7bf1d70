import Foundation
import GRDB
import Steering
import Synchronization

/// Calls that were accepted to be made later, in a SQLite file of one program at a time. What it was told is on the disk when it
/// returns (WAL, synchronous = FULL), and survives the program's and the machine's end.
final class StoredCalls: Sendable {
    /// What an earlier program has left in the file.
    struct Leftovers: Sendable {
        var unfinished: [UnfinishedCall] = []
        /// Calls, by function, that ran when the program ended and run again.
        var repeated: [String: Int] = [:]
        /// Calls, by function, that ran when the program ended and are given up.
        var interrupted: [String: Int] = [:]
    }

    let leftovers: Leftovers
    private let database: DatabaseQueue
    private let commit: GroupCommit
    private let keptResults: Int
    /// The number of the call that came last.
    private let last: Mutex<Int>

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - keptResults: results that are kept, the latest ones.
    ///   - repeats: whether calls of a function may run twice.
    /// - Throws: ``SteeringFailure`` for a file of something else, or of another program.
    init(
        path: String, keptResults: Int, repeats: @escaping @Sendable (String) -> Bool
    ) throws(SteeringFailure) {
        self.keptResults = keptResults
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { db in
                // Another program would make our calls a second time.
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            commit = GroupCommit(database)
            leftovers = try database.write { db in
                try StoredCalls.migrate(db, path: path)
                return try StoredCalls.recover(db, repeats)
            }
            last = Mutex(try database.read { try Int.fetchOne($0, sql: "SELECT max(number) FROM calls") ?? 0 })
        } catch let failure as SteeringFailure {
            throw failure
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw SteeringFailure("\(path) is another program's; give each ingress its own file")
        } catch {
            throw SteeringFailure("\(path) cannot be used for calls that are made later: \(error)")
        }
    }

    private static let application = 0x4641_4E46

    private static func migrate(_ db: Database, path: String) throws {
        let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard owner == application || tables == 0 else {
            throw SteeringFailure("\(path) holds something else; name another file")
        }
        guard version <= 1 else {
            throw SteeringFailure("\(path) is of a later program (version \(version)); name another file")
        }
        try db.execute(sql: "PRAGMA application_id = \(application)")
        try db.execute(sql: "PRAGMA user_version = 1")
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS calls (
                    number INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    function TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'ended', 'interrupted')),
                    accepted REAL NOT NULL,
                    deadline REAL NOT NULL,
                    method TEXT NOT NULL,
                    target TEXT NOT NULL,
                    headers TEXT NOT NULL,
                    body BLOB,
                    callback TEXT,
                    callback_due INTEGER NOT NULL DEFAULT 0,
                    runs INTEGER NOT NULL DEFAULT 0,
                    status INTEGER,
                    answer_headers TEXT,
                    answer BLOB,
                    reason TEXT,
                    seconds REAL
                );
                CREATE INDEX IF NOT EXISTS calls_open ON calls (state) WHERE state IN ('waiting', 'running');
                CREATE INDEX IF NOT EXISTS calls_due ON calls (callback_due) WHERE callback_due = 1;
                """)
    }

    private static func recover(_ db: Database, _ repeats: (String) -> Bool) throws -> Leftovers {
        var leftovers = Leftovers()
        let rows = try Row.fetchAll(db, sql: "SELECT number, function FROM calls WHERE state = 'running'")
        for row in rows {
            let (number, function): (Int, String) = (row["number"], row["function"])
            if repeats(function) {
                try db.execute(sql: "UPDATE calls SET state = 'waiting' WHERE number = ?", arguments: [number])
                leftovers.repeated[function, default: 0] += 1
            } else {
                try db.execute(
                    sql: """
                        UPDATE calls SET state = 'interrupted', body = NULL, status = 503, seconds = 0,
                            reason = 'the ingress ended while it ran', callback_due = callback IS NOT NULL
                        WHERE number = ?
                        """, arguments: [number])
                leftovers.interrupted[function, default: 0] += 1
            }
        }
        let open = try Row.fetchAll(
            db,
            sql: """
                SELECT number, function, accepted, state <> 'waiting' AS over FROM calls
                WHERE state = 'waiting' OR callback_due = 1 ORDER BY number
                """)
        leftovers.unfinished = open.map {
            UnfinishedCall(number: $0["number"], function: $0["function"], accepted: $0["accepted"], isOver: $0["over"])
        }
        return leftovers
    }

    /// - Returns: the call's number: numbers follow the order in which calls were accepted.
    func accept(_ call: StoredCall) async throws -> Int {
        let headers = try StoredCalls.text(call.headers)
        let number = last.withLock { last in
            last += 1
            return last
        }
        try await commit.write { db in
            try db.execute(
                sql: """
                    INSERT INTO calls (number, id, function, state, accepted, deadline, method, target, headers, body, callback)
                    VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    number, call.id, call.function, call.accepted, call.deadline, call.method, call.target, headers,
                    call.body,
                    call.callback,
                ])
        }
        return number
    }

    /// Notes that the call is about to run, and gives it.
    func begin(_ number: Int) async throws -> StoredCall? {
        try await commit.write { db in
            try db.execute(
                sql: "UPDATE calls SET state = 'running', runs = runs + 1 WHERE number = ?", arguments: [number])
        }
        return try await call(number)
    }

    func call(_ number: Int) async throws -> StoredCall? {
        try await database.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM calls WHERE number = ?", arguments: [number])
            else { return nil }
            return StoredCall(
                id: row["id"], function: row["function"], accepted: row["accepted"], deadline: row["deadline"],
                method: row["method"], target: row["target"], headers: StoredCalls.headers(row["headers"]),
                body: row["body"] ?? Data(), callback: row["callback"])
        }
    }

    func end(_ number: Int, _ answer: StoredAnswer) async throws {
        let headers = try StoredCalls.text(answer.headers)
        try await commit.write { [keptResults] db in
            try db.execute(
                sql: """
                    UPDATE calls SET state = 'ended', status = ?, answer_headers = ?, answer = ?, reason = ?, seconds = ?,
                        body = NULL, callback_due = callback IS NOT NULL
                    WHERE number = ?
                    """,
                arguments: [answer.status, headers, answer.body, answer.reason, answer.seconds, number])
            guard number % 100 == 0 else { return }
            try db.execute(
                sql: """
                    DELETE FROM calls WHERE state IN ('ended', 'interrupted') AND callback_due = 0
                        AND number <= (SELECT max(number) FROM calls) - ?
                    """, arguments: [keptResults])
        }
    }

    /// The callback is over, whatever came of it.
    func noteCallback(of number: Int) async throws {
        try await commit.write { db in
            try db.execute(sql: "UPDATE calls SET callback_due = 0 WHERE number = ?", arguments: [number])
        }
    }

    /// What came of a call by its number; nil: nothing yet.
    func answer(_ number: Int) async throws -> StoredAnswer? {
        try await database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM calls WHERE number = ? AND status IS NOT NULL", arguments: [number])
            return row.map(StoredCalls.answer)
        }
    }

    /// nil: no call has the id, or its result was dropped.
    func find(_ id: String) async throws -> StoredLookup? {
        try await database.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM calls WHERE id = ?", arguments: [id]) else {
                return nil
            }
            return switch row["state"] as String {
            case "waiting": .waiting
            case "running": .running
            case "interrupted": .interrupted
            default: .ended(StoredCalls.answer(row))
            }
        }
    }

    /// Waits until everything is written, and closes the file.
    func close() async {
        try? await commit.write { _ in }
        try? database.close()
    }

    private static func answer(_ row: Row) -> StoredAnswer {
        StoredAnswer(
            status: row["status"] ?? 502, headers: headers(row["answer_headers"] ?? "[]"),
            body: row["answer"] ?? Data(), seconds: row["seconds"] ?? 0, reason: row["reason"])
    }

    private static func text(_ headers: [StoredCall.Header]) throws -> String {
        String(decoding: try JSONEncoder().encode(headers), as: UTF8.self)
    }

    private static func headers(_ text: String) -> [StoredCall.Header] {
        (try? JSONDecoder().decode([StoredCall.Header].self, from: Data(text.utf8))) ?? []
    }
}
