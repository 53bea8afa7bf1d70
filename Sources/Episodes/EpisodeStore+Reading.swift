import Foundation
import GRDB
import Gymnasium
import Randomness

extension EpisodeStore {
    /// The episodes, newest first.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func list(_ filter: EpisodeFilter = EpisodeFilter()) throws(EpisodeStoreError) -> [EpisodeSummary] {
        try read { db in
            var summaries: [EpisodeSummary] = []
            // Setups are few and long, episodes many and short, so each setup is read once.
            let setups = try SetupSummary.all(db).filter { $0.value.matches(filter) }
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(EpisodeStore.summaryColumns) FROM episodes e
                    WHERE (seed = ?1 OR ?1 IS NULL) AND (started_at >= ?2 OR ?2 IS NULL) AND (started_at < ?3 OR ?3 IS NULL)
                    ORDER BY e.id DESC
                    """,
                arguments: [
                    filter.seed?.description, filter.since.map(Timestamp.text), filter.before.map(Timestamp.text),
                ])
            // Whether a running episode is partial is not known to SQL, so the rest is filtered here.
            while summaries.count < filter.limit ?? .max, let row = try rows.next() {
                guard let setup = setups[row[1]] else { continue }
                let summary = try EpisodeStore.summary(row, setup, db)
                if filter.status == nil || summary.status == filter.status { summaries.append(summary) }
            }
            return summaries
        }
    }

    /// An episode without its steps.
    ///
    /// - Throws: ``EpisodeStoreError``; ``EpisodeStoreError/noSuchEpisode(id:path:)`` when there is none of that id.
    public func episode(_ id: Int64) throws(EpisodeStoreError) -> Episode {
        let path = self.path
        return try read { db in
            guard let row = try Row.fetchOne(db, sql: EpisodeStore.everything, arguments: [id]) else {
                throw EpisodeStoreError.noSuchEpisode(id: String(id), path: path)
            }
            return Episode(
                summary: try EpisodeStore.summary(row, SetupSummary(row), db),
                arguments: try CanonicalBytes.arguments(row["arguments"]),
                scenarioText: row["scenario"],
                observationSpace: try CanonicalBytes.space(row["observation_space"]),
                actionSpace: try CanonicalBytes.space(row["action_space"]),
                observation: try CanonicalBytes.value(row["observation"]),
                info: try CanonicalBytes.info(row["info"]),
                actionMask: (row["action_mask"] as Data?).map { $0.map { Int8(bitPattern: $0) } },
                maxEpisodeSteps: row["max_episode_steps"], isReproducible: row["reproducible"], resets: row["resets"],
                options: try (row["options"] as Data?).map(CanonicalBytes.arguments), platform: row["platform"])
        }
    }

    /// The episode that a person means: an id in decimal digits, or `newest` for the newest one that was recorded to its
    /// end (terminated or truncated) and is no replay.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func episode(named name: String) throws(EpisodeStoreError) -> Episode {
        if name == "newest" {
            let newest = try read { db in
                try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT e.id FROM episodes e JOIN setups s ON s.id = setup_id
                        WHERE status IN ('terminated', 'truncated') AND environment_id != ? ORDER BY e.id DESC LIMIT 1
                        """, arguments: [ReplayEnvironment.spec.id])
            }
            guard let newest else { throw .noSuchEpisode(id: "that was recorded to its end", path: path) }
            return try episode(newest)
        }
        guard let id = Int64(name) else { throw .noSuchEpisode(id: "\"\(name)\"", path: path) }
        return try episode(id)
    }

    /// A step, from 1; nil beyond the last recorded one.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func step(_ index: Int, of id: Int64) throws(EpisodeStoreError) -> RecordedStep? {
        try steps(of: id, from: index, limit: 1).first { $0.index == index }
    }

    /// Calls `body` for each step in order. Memory does not grow with the episode.
    ///
    /// - Throws: ``EpisodeStoreError``, and what `body` throws, which ends the reading.
    public func forEachStep(of id: Int64, _ body: (RecordedStep) throws -> Void) throws {
        var index = 1
        // In pages, so that a slow reader of a long episode does not keep the log from being folded into the file.
        while true {
            let page = try steps(of: id, from: index, limit: 256)
            for step in page { try body(step) }
            guard let last = page.last else { return }
            index = last.index + 1
        }
    }

    /// Calls `body` for each of the episode's T + 1 frames in order, the reset's first.
    ///
    /// - Throws: ``EpisodeStoreError``, and what `body` throws, which ends the reading.
    public func forEachFrame(of id: Int64, _ body: (EpisodeFrame) throws -> Void) throws {
        let episode = try episode(id)
        try body(EpisodeFrame(index: 0, observation: episode.observation, info: episode.info, step: nil))
        try forEachStep(of: id) { step in
            try body(
                EpisodeFrame(
                    index: step.index, observation: step.result.observation, info: step.result.info, step: step))
        }
    }

    /// At most `limit` steps in order, from step `index`.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func steps(of id: Int64, from index: Int = 1, limit: Int) throws(EpisodeStoreError) -> [RecordedStep] {
        try read { db in
            let steps = try Row.fetchAll(
                db,
                sql: "SELECT * FROM steps WHERE episode_id = ? AND step_index >= ? ORDER BY step_index LIMIT ?",
                arguments: [id, index, limit]
            ).map(EpisodeStore.step)
            return steps.isEmpty ? try EpisodeStore.blockSteps(of: id, from: index, limit: limit, db) : steps
        }
    }

    private static func blockSteps(
        of id: Int64, from index: Int, limit: Int, _ db: Database
    ) throws -> [RecordedStep] {
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT * FROM step_blocks WHERE episode_id = ? AND first_step + steps > ? ORDER BY first_step",
            arguments: [id, index])
        var steps: [RecordedStep] = []
        var form: BlockForm?
        while steps.count < limit, let row = try rows.next() {
            if form == nil { form = try blockForm(of: id, db) }
            guard let form else { throw UnreadableRow(description: "episode \(id) has blocks, but no array spaces") }
            steps += try StepBlock.steps(row, form).drop { $0.index < index }
        }
        return Array(steps.prefix(limit))
    }

    private static func blockForm(of id: Int64, _ db: Database) throws -> BlockForm? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT observation_space, action_space FROM episodes e JOIN setups s ON s.id = setup_id WHERE e.id = ?
                """, arguments: [id])
        guard let row else { return nil }
        return BlockForm(
            observationSpace: try CanonicalBytes.space(row["observation_space"]),
            actionSpace: try CanonicalBytes.space(row["action_space"]), actionMaskCount: 0)
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(EpisodeStoreError) -> Result {
        do {
            return try reader.read(body)
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }

    private static let everything = """
        SELECT \(summaryColumns), environment_id, program_version, scenario, arguments, observation_space, action_space, observation, info, action_mask,
            max_episode_steps, reproducible, resets, options, platform
        FROM episodes e JOIN setups s ON s.id = setup_id WHERE e.id = ?
        """

    private static let summaryColumns = """
        e.id, setup_id, status, seed, return, length, started_at, ended_at, qos, writer_pid, writer_started
        """

    /// - Parameter row: begins with ``summaryColumns``, which are read by their places, since lists are long.
    private static func summary(_ row: Row, _ setup: SetupSummary, _ db: Database) throws -> EpisodeSummary {
        let id: Int64 = row[0]
        guard var status = EpisodeStatus(rawValue: row[2]), let seed = Seed(decimal: row[3]) else {
            throw UnreadableRow(description: "episode \(id) has no readable status or seed")
        }
        if status == .running, !ProcessIdentity(pid: row[9], started: row[10]).isAlive {
            status = .partial
        }
        let recorded: Int? = row[5]
        let tally = try recorded.map { (row[4] as Double? ?? .nan, $0) } ?? tally(id, db)
        let ended: String? = row[7]
        return EpisodeSummary(
            id: id, environmentID: setup.environmentID, status: status, seed: seed, totalReward: tally.0,
            length: tally.1,
            startedAt: try Timestamp.date(row[6]), endedAt: try ended.map(Timestamp.date),
            programVersion: setup.programVersion, origin: setup.origin, scenarioName: setup.scenarioName,
            qos: status == .partial ? nil : row[8])
    }

    private static func step(_ row: Row) throws -> RecordedStep {
        RecordedStep(
            index: row["step_index"],
            action: try CanonicalBytes.value(row["action"]),
            result: StepResult(
                observation: try CanonicalBytes.value(row["observation"]), reward: Reward(row: row).value,
                terminated: row["terminated"], truncated: row["truncated"], info: try CanonicalBytes.info(row["info"]),
                events: try CanonicalBytes.events(row["events"])),
            recordedAt: try Timestamp.date(row["recorded_at"]))
    }
}
