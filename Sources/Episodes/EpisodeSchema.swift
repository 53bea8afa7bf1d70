import GRDB

/// The tables of an episode file, and how files of earlier versions are brought to them.
///
/// `docs/recording.md` documents the columns. A new version adds a migration and raises ``version``; a migration that
/// was released is never changed.
enum EpisodeSchema {
    /// SQLite's `application_id` of an episode file: "FaaS".
    static let applicationID = 0x4661_6153

    /// SQLite's `user_version` of an episode file.
    static let version = 1

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("episodes 1") { db in
            try db.execute(sql: tables)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = 1")
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

    private static let tables = """
        CREATE TABLE episodes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
            environment_id TEXT NOT NULL,          -- 'faasfarm/Farm-v0'
            status TEXT NOT NULL CHECK (status IN ('running', 'terminated', 'truncated', 'partial')),
            seed TEXT NOT NULL,                    -- decimal digits, of any number
            return REAL,                           -- sum of the rewards; NULL while running
            length INTEGER,                        -- steps; NULL while running
            started_at TEXT NOT NULL,              -- ISO 8601, UTC
            ended_at TEXT,                         -- NULL while running, and where the writer died
            program_version TEXT NOT NULL,
            writer_pid INTEGER NOT NULL,           -- the process that writes the episode, and when it started:
            writer_started TEXT NOT NULL,          -- a running episode of a process that is no more is partial
            scenario TEXT NOT NULL,                -- fully resolved
            arguments BLOB NOT NULL,               -- DictValue: the arguments of make, defaults filled in
            observation_space BLOB NOT NULL,       -- Space
            action_space BLOB NOT NULL,            -- Space
            observation BLOB NOT NULL,             -- Value: what reset returned, frame 0
            info BLOB NOT NULL                     -- Info: what reset returned
        ) STRICT;

        CREATE TABLE steps (
            episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
            step_index INTEGER NOT NULL CHECK (step_index >= 1),  -- leads from frame step_index - 1 to frame step_index
            action BLOB NOT NULL,                  -- Value
            reward REAL,                           -- NULL for a NaN
            reward_bits INTEGER,                   -- IEEE 754 bits of what a REAL does not keep (NaN, -0.0), else NULL
            terminated INTEGER NOT NULL CHECK (terminated IN (0, 1)),
            truncated INTEGER NOT NULL CHECK (truncated IN (0, 1)),
            recorded_at TEXT NOT NULL,             -- ISO 8601, UTC
            observation BLOB NOT NULL,             -- Value: after the action
            info BLOB NOT NULL,                    -- Info
            events BLOB,                           -- TupleValue: events of the step that are no tasks; NULL without any
            PRIMARY KEY (episode_id, step_index)
        ) STRICT;

        CREATE TABLE tasks (
            episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
            task_id ANY NOT NULL,                  -- as the farm calls it, integer or text
            step_index INTEGER NOT NULL,           -- the step that told of its end
            generated_s REAL,                      -- seconds of the episode, as are all times here
            deadline_s REAL,
            first_started_s REAL,                  -- NULL: never started
            ended_s REAL,                          -- NULL: unfinished
            attempts INTEGER,
            outcome TEXT CHECK (outcome IN ('done', 'failed', 'unfinished')),
            reason TEXT,                           -- of a failure
            on_time INTEGER CHECK (on_time IN (0, 1)),
            service_s REAL,                        -- of the attempt that counted
            worker TEXT,
            PRIMARY KEY (episode_id, task_id)
        ) STRICT, WITHOUT ROWID;
        """
}
