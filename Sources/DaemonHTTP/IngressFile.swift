import Foundation
import GRDB
public import LiveFarm
public import Logging
import Synchronization

/// The journal of the ingress: a SQLite file (WAL) of one daemon at a time.
///
/// What an earlier daemon had accepted and not finished is lost when a later one opens the file, and is told so to whoever
/// asks. Results are written a moment after they are there; a daemon that is killed in between reports them as lost.
public final class IngressFile: IngressJournal {
    /// Results that are kept, the latest ones.
    private static let mostKept = 100_000

    private let database: DatabaseQueue
    private let logger: Logger
    private let hasFailed = Atomic(false)

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``Failure``, for a file of something else or of another daemon.
    public init(path: String, logger: Logger) throws(Failure) {
        self.logger = logger
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { db in
                // Another daemon would take our tasks for lost.
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            let lost = try database.write { db in
                try IngressFile.migrate(db, path: path)
                try db.execute(sql: "UPDATE tasks SET state = 'lost' WHERE state = 'open'")
                return db.changesCount
            }
            if lost > 0 { logger.warning("\(lost) tasks of an earlier daemon had not ended; they are lost") }
        } catch let failure as Failure {
            throw failure
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw Failure(description: "--ingress-file \(path) is another daemon's; give each daemon its own")
        } catch {
            throw Failure(description: "--ingress-file \(path) cannot be used: \(error)")
        }
    }

    /// Why a file is not used, and what to do.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let application = 0x4641_4E47

    private static func migrate(_ db: Database, path: String) throws {
        let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard owner == application || tables == 0 else {
            throw Failure(description: "--ingress-file \(path) holds something else; name another file")
        }
        try db.execute(sql: "PRAGMA application_id = \(application)")
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS tasks (
                    id TEXT PRIMARY KEY,
                    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed', 'lost')),
                    accepted_at REAL NOT NULL,
                    status INTEGER,
                    headers TEXT,
                    body BLOB,
                    reason TEXT
                );
                CREATE INDEX IF NOT EXISTS tasks_open ON tasks (state) WHERE state = 'open';
                """)
    }

    public func accept(_ id: String) async throws {
        try await database.write { db in
            try db.execute(
                sql: "INSERT INTO tasks (id, state, accepted_at) VALUES (?, 'open', ?)",
                arguments: [id, Date().timeIntervalSince1970])
        }
    }

    public func forget(_ id: String) {
        write { try $0.execute(sql: "DELETE FROM tasks WHERE id = ?", arguments: [id]) }
    }

    public func end(_ id: String, _ outcome: Ingress.Outcome) {
        write { db in
            switch outcome {
            case .done(let status, let headers, let body):
                let pairs = try JSONEncoder().encode(headers.map { [$0.name, $0.value] })
                try db.execute(
                    sql: "UPDATE tasks SET state = 'done', status = ?, headers = ?, body = ? WHERE id = ?",
                    arguments: [status, String(decoding: pairs, as: UTF8.self), Data(body), id])
            case .failed(let reason):
                try db.execute(
                    sql: "UPDATE tasks SET state = 'failed', reason = ? WHERE id = ?", arguments: [reason, id])
            }
            if db.lastInsertedRowID % 100 == 0 { try IngressFile.prune(db) }
        }
    }

    /// Rows are numbered as tasks are accepted, so the oldest have the lowest numbers.
    private static func prune(_ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM tasks WHERE state <> 'open' AND rowid <= (SELECT max(rowid) FROM tasks) - ?",
            arguments: [mostKept])
    }

    public func find(_ id: String) async -> Ingress.Lookup? {
        do {
            return try await database.read { db in
                let row = try Row.fetchOne(
                    db, sql: "SELECT state, status, headers, body, reason FROM tasks WHERE id = ?", arguments: [id])
                guard let row else { return nil }
                switch row["state"] as String {
                case "done":
                    let text: String = row["headers"] ?? "[]"
                    let pairs = (try? JSONDecoder().decode([[String]].self, from: Data(text.utf8))) ?? []
                    let headers = pairs.filter { $0.count == 2 }.map { (name: $0[0], value: $0[1]) }
                    let body: Data = row["body"] ?? Data()
                    return .ended(.done(status: row["status"] ?? 200, headers: headers, body: Array(body)))
                case "failed": return .ended(.failed(reason: row["reason"] ?? "no reason is known"))
                case "lost": return .lost
                default: return .open
                }
            }
        } catch {
            complain(error)
            return nil
        }
    }

    /// Waits until everything is written, and closes the file.
    public func close() async {
        do {
            // Writes are done in their order.
            try await database.write { _ in }
            try database.close()
        } catch {
            complain(error)
        }
    }

    private func write(_ work: @escaping @Sendable (Database) throws -> Void) {
        database.asyncWrite(work) { [self] _, result in
            if case .failure(let error) = result { complain(error) }
        }
    }

    private func complain(_ error: any Error) {
        guard !hasFailed.exchange(true, ordering: .relaxed) else { return }
        logger.error("the ingress's file fails; results may be reported as lost: \(error)")
    }
}
