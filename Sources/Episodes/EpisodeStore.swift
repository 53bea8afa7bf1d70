import Foundation
import GRDB
import Gymnasium
import Synchronization

/// The file that holds recorded episodes: a SQLite database in WAL mode.
///
/// Any number of processes may read while others write; each episode is written by one. A step is committed when
/// ``record(_:of:)`` returns, and a tenth of a second after a journal was told of it at most. A commit is in the system's
/// hands then (`synchronous = NORMAL`): a killed process loses nothing of it; a machine that loses power may lose the last
/// commits, but not the file.
public final class EpisodeStore: Sendable {
    /// Where the file is.
    public let path: String
    /// Whether episodes may be recorded.
    public var isWritable: Bool { writer != nil }

    let reader: any DatabaseReader
    let writer: DatabasePool?
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

    /// Opens the file at `path`.
    ///
    /// - Parameters:
    ///   - programVersion: stored with each episode that is recorded.
    ///   - busySeconds: how long to wait while another process writes.
    /// - Throws: ``EpisodeStoreError``. A file that holds something else, or a newer schema, is left as it is.
    public convenience init(
        path: String, mode: Mode, programVersion: String = "", busySeconds: Double = 5
    ) throws(EpisodeStoreError) {
        try self.init(
            path: path, mode: mode, programVersion: programVersion, busySeconds: busySeconds, maximumPages: nil)
    }

    /// - Parameter maximumPages: the file is "full" beyond so many; for tests of a full disk.
    init(
        path: String, mode: Mode, programVersion: String, busySeconds: Double, maximumPages: Int?
    ) throws(EpisodeStoreError) {
        self.path = path
        self.busySeconds = busySeconds
        self.programVersion = programVersion
        do {
            switch mode {
            case .read:
                reader = try EpisodeStore.openForReading(path, busySeconds: busySeconds)
                writer = nil
            case .write:
                let pool = try EpisodeStore.openForWriting(path, busySeconds: busySeconds, maximumPages: maximumPages)
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

    /// Ends what is still running here as partial, and closes the file. Nothing may be recorded or read afterwards.
    ///
    /// - Throws: ``EpisodeStoreError``. The episodes that could not be ended are marked by the next process that writes.
    public func close() async throws(EpisodeStoreError) {
        await closeJournals()
        for id in running.withLock({ $0.sorted() }) { try await end(id, .partial) }
        if let writer {
            let left = numbers.withLock { $0 }
            // Gaps in the ids are all that is lost without it.
            try? await writer.write { try left.giveBack($0) }
        }
        do {
            try reader.close()
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }

    /// The row of what `start` has in common with other episodes.
    func setup(_ start: EpisodeStart, _ db: Database) throws -> Int64 {
        let setup = try EpisodeSetup(start, programVersion: programVersion)
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

    private static func openForWriting(_ path: String, busySeconds: Double, maximumPages: Int?) throws -> DatabasePool {
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
        let configuration = Configuration.episodes(busySeconds: busySeconds, maximumPages: maximumPages)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try EpisodeSchema.migrator.migrate(pool)
        try pool.write { try markLeftBehind($0) }
        return pool
    }
}

extension Configuration {
    fileprivate static func episodes(busySeconds: Double, readonly: Bool = false, maximumPages: Int? = nil)
        -> Configuration
    {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(busySeconds)
        configuration.label = "episodes"
        configuration.prepareDatabase { db in
            guard !readonly else { return }
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            if let maximumPages { try db.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
        }
        return configuration
    }
}
