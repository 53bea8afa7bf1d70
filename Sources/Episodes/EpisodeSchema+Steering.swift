extension EpisodeSchema {
    /// Schema 4: what `faasfarm steer` writes.
    static let steeringTables = """
        CREATE TABLE steering_settings (           -- how a function was steered, a row whenever that changed
            id INTEGER PRIMARY KEY,
            function TEXT NOT NULL,
            since REAL NOT NULL,                   -- seconds since 1970, as are all times of these tables
            settings TEXT NOT NULL,                -- JSON
            program_version TEXT NOT NULL
        ) STRICT;

        CREATE TABLE decisions (
            function TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            time REAL NOT NULL,
            settings_id INTEGER REFERENCES steering_settings (id),
            mode TEXT NOT NULL,                    -- 'steer' or 'advise'
            policy TEXT NOT NULL,
            recommended INTEGER,                   -- what the policy said; NULL: nothing
            asked INTEGER NOT NULL,                -- the number that came out of the rails
            decision TEXT NOT NULL,                -- JSON: all of it
            outcome TEXT,                          -- JSON; NULL: not known
            PRIMARY KEY (function, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX decisions_by_time ON decisions (function, time);

        CREATE TABLE steering_memory (             -- what the next decision goes on from; written with the last one
            function TEXT PRIMARY KEY,
            number INTEGER NOT NULL,               -- of the last decision
            memory TEXT NOT NULL                   -- JSON
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE served (                      -- calls of a steered function that have ended
            function TEXT NOT NULL,
            arrived REAL NOT NULL,
            call_id TEXT NOT NULL,
            waited_s REAL NOT NULL,                -- from its coming until it was sent to the function, or was not
            service_s REAL,                        -- in the function; NULL: it was not sent
            status INTEGER,                        -- what the caller was answered; NULL: nothing
            deadline_s REAL NOT NULL,              -- from its coming
            met INTEGER NOT NULL CHECK (met IN (0, 1)),
            ended TEXT NOT NULL,                   -- 'answered', 'late', …
            PRIMARY KEY (function, arrived, call_id)
        ) STRICT, WITHOUT ROWID;
        """

    /// A file of schema 3 or before, which has nothing of these, under the names of schema 4.
    static let viewsOfThird = """
        CREATE TEMP VIEW steering_settings AS
        SELECT 0 AS id, '' AS function, 0.0 AS since, '' AS settings, '' AS program_version WHERE false;
        CREATE TEMP VIEW decisions AS
        SELECT '' AS function, 0 AS number, 0.0 AS time, 0 AS settings_id, '' AS mode, '' AS policy, 0 AS recommended,
            0 AS asked, '' AS decision, NULL AS outcome
        WHERE false;
        CREATE TEMP VIEW steering_memory AS SELECT '' AS function, 0 AS number, '' AS memory WHERE false;
        CREATE TEMP VIEW served AS
        SELECT '' AS function, 0.0 AS arrived, '' AS call_id, 0.0 AS waited_s, 0.0 AS service_s, 0 AS status,
            0.0 AS deadline_s, 0 AS met, '' AS ended
        WHERE false;
        """
}
