import GRDB

/// The tables of an episode file, and how files of earlier versions are brought to them.
///
/// `docs/recording.md` documents the columns. A new version adds a migration and raises ``version``; a migration that
/// was released is never changed.
enum EpisodeSchema {
    /// SQLite's `application_id` of an episode file: "FaaS".
    static let applicationID = 0x4661_6153

    /// SQLite's `user_version` of an episode file.
    static let version = 4

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("episodes 1") { db in
            try db.execute(sql: firstTables)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("episodes 2") { db in
            try db.execute(sql: setupTable)
            try db.execute(sql: setupsOfFirst)
            try db.execute(sql: episodeTable)
            try db.execute(sql: blockTable)
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("episodes 3") { db in
            try db.execute(sql: columnsOfThird)
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("episodes 4") { db in
            try db.execute(sql: steeringTables)
            try db.execute(sql: "PRAGMA user_version = 4")
        }
        return migrator
    }

    /// - Returns: whether the database has tables already.
    /// - Throws: ``EpisodeStoreError/notEpisodes(path:)`` and ``EpisodeStoreError/newerSchema(path:version:supported:)``.
    static func check(_ db: Database, path: String) throws -> Bool {
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard tables > 0 else { return false }
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
            throw EpisodeStoreError.notEpisodes(path: path)
        }
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= EpisodeSchema.version else {
            throw EpisodeStoreError.newerSchema(path: path, version: version, supported: EpisodeSchema.version)
        }
        return true
    }

    /// Lets this connection read a file of an earlier version as if it were of this one. The file stays as it is.
    static func lookLikeThisVersion(_ db: Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        switch version {
        case 1: try db.execute(sql: viewsOfFirst)
        case 2: try db.execute(sql: viewOfSecond)
        default: break
        }
        if version < 4 { try db.execute(sql: viewsOfThird) }
    }
}
