import Foundation
import GRDB
import Gymnasium
import Synchronization

/// The file that holds recorded episodes: a SQLite database in WAL mode.
///
/// Any number of processes may read while one writes. A step is committed when
/// ``record(_:of:)`` returns, and a tenth of a second after a journal was told of it at most. A commit is in the system's
/// hands then (`synchronous = NORMAL`): a killed process loses nothing of it; a machine that loses power may lose the last
/// commits, but not the file; of a durable store (`FULL`), not even those.
///
///     let store = try EpisodeStore(path: "runs.sqlite", mode: .read)
///     let episode = try store.episode(named: "newest")
///     try store.forEachFrame(of: episode.summary.id) { frame in
///         print(frame.index, frame.step?.result.reward ?? 0)
///     }
public final class EpisodeStore: Sendable {
    /// Where the file is.
    public let path: String

    let reader: any DatabaseReader
    let writer: DatabasePool?
    /// nil where the file is only read.
    let lock: WriterLock?
    let logWatch: LogWatch
    let busySeconds: Double
    let programVersion: String
    /// Episodes begun here and not ended yet.
    let running = Mutex<Set<Int64>>([])
    /// Ids set aside in the file.
    let numbers = Mutex(EpisodeNumbers())
    /// Writes what journals put aside; nil while there are none.
    let journals = Mutex<JournalWriter?>(nil)
    private let setups = Mutex<[EpisodeSetup: Int64]>([:])

    /// What a store is opened for.
    public enum Mode: Sendable, Hashable {
        /// Changes nothing, and makes no file.
        case read
        /// Makes the file where it is not there, and marks as partial what dead processes left running.
        case write
    }

    /// What the log beside the file may have without anybody's fault, in bytes; its file is cut back to this.
    static let logLimit = 32 << 20

    /// Opens the file at `path`.
    ///
    /// - Parameters:
    ///   - programVersion: stored with each episode that is recorded.
    ///   - holder: who writes, as whoever tries to as well is told.
    ///   - busySeconds: how long to wait while another process has the file locked.
    ///   - isDurable: whether what was committed also outlives a machine that loses power. A commit then waits for the disk.
    ///   - onGrowth: told when a reader's open transaction makes the log beside the file grow.
    /// - Throws: ``EpisodeStoreError``. A file that holds something else, a newer schema, or another writer's episodes is
    ///   left as it is.
    public convenience init(
        path: String, mode: Mode, programVersion: String = "", holder: String = "another program",
        busySeconds: Double = 5, isDurable: Bool = false,
        onGrowth: @escaping @Sendable (EpisodeStoreError) -> Void = { _ in }
    ) throws(EpisodeStoreError) {
        try self.init(
            path: path, mode: mode, programVersion: programVersion, holder: holder, busySeconds: busySeconds,
            isDurable: isDurable, maximumPages: nil, logLimit: EpisodeStore.logLimit, onGrowth: onGrowth)
    }

    /// - Parameters:
    ///   - maximumPages: the file is "full" beyond so many; for tests of a full disk.
    ///   - logLimit: in bytes.
    init(
        path: String, mode: Mode, programVersion: String, holder: String = "another program", busySeconds: Double,
        isDurable: Bool = false, maximumPages: Int? = nil, logLimit: Int = EpisodeStore.logLimit,
        onGrowth: @escaping @Sendable (EpisodeStoreError) -> Void = { _ in }
    ) throws(EpisodeStoreError) {
        self.path = path
        logWatch = LogWatch(path: path, limit: 2 * logLimit, onGrowth: onGrowth)
        lock = mode == .write ? try WriterLock(path, holder: holder) : nil
        self.busySeconds = busySeconds
        self.programVersion = programVersion
        do {
            switch mode {
            case .read:
                reader = try EpisodeStore.openForReading(path, busySeconds: busySeconds)
                writer = nil
            case .write:
                let pool = try EpisodeStore.openForWriting(
                    path, busySeconds: busySeconds, isDurable: isDurable, maximumPages: maximumPages,
                    logLimit: logLimit)
                reader = pool
                writer = pool
            }
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }

    deinit {
        journals.withLock { $0?.finish() }
    }

    /// Whether what was recorded is in the file itself, so that a copy of it alone has everything.
    public enum Closing: Sendable, Hashable {
        case whole
        /// A part is in the log beside it, because another program was reading. The next writer folds it in.
        case withLog
    }

    /// Ends what is still running here as partial, and closes the file. Nothing may be recorded or read afterwards.
    ///
    /// - Throws: ``EpisodeStoreError``, when all is closed. The episodes that could not be ended are marked by the next
    ///   process that writes.
    @discardableResult
    public func close() async throws(EpisodeStoreError) -> Closing {
        await closeJournals()
        var failure: EpisodeStoreError?
        for id in running.withLock({ $0.sorted() }) {
            do throws(EpisodeStoreError) { try await end(id, .partial) } catch { failure = failure ?? error }
        }
        if let writer {
            let left = numbers.withLock { $0 }
            // Gaps in the ids are all that is lost without it.
            try? await writer.write { try left.giveBack($0) }
        }
        let closing = foldLog()
        do {
            try reader.close()
        } catch {
            failure = failure ?? EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
        lock?.release()
        if let failure { throw failure }
        return closing
    }

    /// Brings what the log has into the file. The file's last connection would do it too, but only one that may write, and
    /// a pool closes its readers last.
    private func foldLog() -> Closing {
        guard let writer else { return .whole }
        writer.invalidateReadOnlyConnections()
        do {
            // A program's end shall not wait for somebody else's query.
            try writer.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = 300")
                _ = try db.checkpoint(.truncate)
            }
            return .whole
        } catch {
            return .withLog
        }
    }

    /// Says anew who writes here, to whoever tries to as well.
    public func describe(holder: String) { lock?.describe(holder) }

    /// The row of what `start` has in common with other episodes.
    func setup(_ environment: ObservedEnvironment, _ db: Database) throws -> Int64 {
        let setup = try EpisodeSetup(environment, programVersion: programVersion)
        if let id = setups.withLock({ $0[setup] }) { return id }
        let id = try setup.id(db)
        // Remembered once it is in the file for good.
        db.afterNextTransaction { _ in self.setups.withLock { $0[setup] = id } }
        return id
    }

    private static func openForReading(_ path: String, busySeconds: Double) throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else { throw EpisodeStoreError.missing(path: path) }
        let queue = try DatabaseQueue(path: path, configuration: .episodes(busySeconds: busySeconds, readonly: true))
        guard try queue.read({ try EpisodeSchema.check($0, path: path) }) else {
            throw EpisodeStoreError.notEpisodes(path: path)
        }
        try queue.unsafeRead { try EpisodeSchema.lookLikeThisVersion($0) }
        return queue
    }

    private static func openForWriting(
        _ path: String, busySeconds: Double, isDurable: Bool, maximumPages: Int?, logLimit: Int
    ) throws -> DatabasePool {
        // Past a limit on file sizes, a write shall fail, and not end the process.
        signal(SIGXFSZ, SIG_IGN)
        // A foreign file must not even be switched to WAL mode, so it is looked at before it is opened for writing.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if attributes?[.size] as? Int ?? 0 > 0 {
            let queue = try DatabaseQueue(
                path: path, configuration: .episodes(busySeconds: busySeconds, readonly: true))
            _ = try queue.read { try EpisodeSchema.check($0, path: path) }
            try queue.close()
        }
        let configuration = Configuration.episodes(
            busySeconds: busySeconds, isDurable: isDurable, maximumPages: maximumPages, logLimit: logLimit)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try EpisodeSchema.migrator.migrate(pool)
        try pool.write { try markLeftBehind($0) }
        return pool
    }
}

extension Configuration {
    fileprivate static func episodes(
        busySeconds: Double, readonly: Bool = false, isDurable: Bool = false, maximumPages: Int? = nil,
        logLimit: Int = 0
    ) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(busySeconds)
        configuration.label = "episodes"
        configuration.prepareDatabase { db in
            guard !readonly else { return }
            try db.execute(sql: "PRAGMA synchronous = \(isDurable ? "FULL" : "NORMAL")")
            // A log that was large once does not keep its room.
            try db.execute(sql: "PRAGMA journal_size_limit = \(logLimit)")
            if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
        }
        return configuration
    }
}
