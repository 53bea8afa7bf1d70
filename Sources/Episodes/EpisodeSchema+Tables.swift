extension EpisodeSchema {
    /// Schema 1.
    static let firstTables = """
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

    static let setupTable = """
        CREATE TABLE setups (                      -- what many episodes have in common
            id INTEGER PRIMARY KEY,
            environment_id TEXT NOT NULL,          -- 'faasfarm/Farm-v0'
            scenario TEXT NOT NULL,                -- fully resolved
            arguments BLOB NOT NULL,               -- DictValue: the arguments of make, defaults filled in
            observation_space BLOB NOT NULL,       -- Space
            action_space BLOB NOT NULL,            -- Space
            max_episode_steps INTEGER,             -- what make shortened the time limit to; NULL where it did not
            reproducible INTEGER CHECK (reproducible IN (0, 1)),  -- 1: simulated; NULL: not known (schema 1)
            program_version TEXT NOT NULL,
            platform TEXT NOT NULL                 -- 'linux x86_64 release'; '' where not known
        ) STRICT;
        """

    /// Fills the setups from episodes of schema 1.
    static let setupsOfFirst = """
        INSERT INTO setups (environment_id, scenario, arguments, observation_space, action_space, program_version, platform)
        SELECT DISTINCT environment_id, scenario, arguments, observation_space, action_space, program_version, ''
        FROM episodes;
        """

    /// Replaces the episodes of schema 1.
    static let episodeTable = """
        CREATE TABLE episodes_of_2 (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
            setup_id INTEGER NOT NULL REFERENCES setups (id),
            status TEXT NOT NULL CHECK (status IN ('running', 'terminated', 'truncated', 'partial')),
            seed TEXT NOT NULL,                    -- decimal digits, of any number
            resets INTEGER NOT NULL DEFAULT 0,     -- without a seed, since the seed, where random numbers then go on
            return REAL,                           -- sum of the rewards; NULL while running
            length INTEGER,                        -- steps; NULL while running
            started_at TEXT NOT NULL,              -- ISO 8601, UTC
            ended_at TEXT,                         -- NULL while running, and where the writer died
            writer_pid INTEGER NOT NULL,           -- the process that writes the episode, and when it started:
            writer_started TEXT NOT NULL,          -- a running episode of a process that is no more is partial
            observation BLOB NOT NULL,             -- Value: what reset returned, frame 0
            info BLOB NOT NULL,                    -- Info: what reset returned
            action_mask BLOB                       -- int8, an element an action; NULL where info has it, or without masks
        ) STRICT;
        INSERT INTO episodes_of_2
        SELECT e.id, s.id, status, seed, 0, return, length, started_at, ended_at, writer_pid, writer_started, observation,
            info, NULL
        FROM episodes e JOIN setups s USING (environment_id, scenario, arguments, observation_space, action_space,
            program_version);
        DROP TABLE episodes;
        ALTER TABLE episodes_of_2 RENAME TO episodes;
        """

    static let blockTable = """
        CREATE TABLE step_blocks (                 -- steps of episodes of vectors, several in a row
            episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
            first_step INTEGER NOT NULL CHECK (first_step >= 1),
            steps INTEGER NOT NULL CHECK (steps >= 1),
            recorded_at TEXT NOT NULL,             -- ISO 8601, UTC
            actions BLOB NOT NULL,                 -- elements of the action space, little-endian, one after the other
            rewards BLOB NOT NULL,                 -- float64, little-endian
            flags BLOB NOT NULL,                   -- a byte a step: 1 terminated, 2 truncated
            observations BLOB NOT NULL,            -- elements of the observation space, after the actions
            action_masks BLOB,                     -- int8, an element an action; NULL without masks
            infos BLOB,                            -- TupleValue of a dict a step; NULL when all are empty
            PRIMARY KEY (episode_id, first_step)
        ) STRICT;
        """

    /// The QoS of live episodes that ended is in their tasks; that of simulated ones is in no column of schema 2.
    static let columnsOfThird = """
        ALTER TABLE episodes ADD COLUMN options BLOB;  -- DictValue: the reset's; NULL: not known (schemas 1 and 2)
        ALTER TABLE episodes ADD COLUMN qos REAL;      -- of an episode that ended, 0 to 1; NULL where it has none
        UPDATE episodes SET qos = (\(qosFromTasks)) WHERE status IN ('terminated', 'truncated');
        """

    private static let qosFromTasks = """
        SELECT total(outcome = 'done' AND on_time = 1) / count(*) FROM tasks WHERE episode_id = episodes.id
        """

    /// What a file of schema 2 holds, under the names of later ones.
    static let viewOfSecond = """
        CREATE TEMP VIEW episodes AS
        SELECT *, NULL AS options, CASE WHEN status IN ('terminated', 'truncated') THEN (\(qosFromTasks)) END AS qos
        FROM main.episodes;
        """

    /// What a file of schema 1 holds, under the names of later ones.
    static let viewsOfFirst = """
        CREATE TEMP VIEW setups AS
        SELECT id, environment_id, scenario, arguments, observation_space, action_space, NULL AS max_episode_steps,
            NULL AS reproducible, program_version, '' AS platform
        FROM main.episodes;
        CREATE TEMP VIEW episodes AS
        SELECT id, id AS setup_id, status, seed, 0 AS resets, return, length, started_at, ended_at, writer_pid,
            writer_started, observation, info, NULL AS action_mask, NULL AS options,
            CASE WHEN status IN ('terminated', 'truncated') THEN (\(qosFromTasks)) END AS qos
        FROM main.episodes;
        CREATE TEMP VIEW step_blocks AS
        SELECT 0 AS episode_id, 0 AS first_step, 0 AS steps, '' AS recorded_at, x'' AS actions, x'' AS rewards,
            x'' AS flags, x'' AS observations, NULL AS action_masks, NULL AS infos
        WHERE false;
        """
}
