import Foundation
import GRDB

/// Something whose work a ``JournalWriter`` does, and that is told when that stops.
protocol JournalOwner: AnyObject, Sendable {
    /// Called at the end of each transaction that did work of this owner.
    func flush(_ db: Database) throws

    /// Nothing of this owner will be written any more. Called once.
    func stop(_ error: EpisodeStoreError, isFirst: Bool)
}

/// One thread that writes what journals put aside, in transactions of what has come together in a twentieth of a second.
///
/// Unchecked: all state is under the condition's lock, except that only the thread itself touches what a transaction does.
final class JournalWriter: @unchecked Sendable {
    /// Work for a transaction, done in the order in which it was put aside.
    typealias Work = @Sendable (Database) throws -> Void

    private struct Job {
        let owner: any JournalOwner
        let bytes: Int
        let work: Work
    }

    /// How long steps come together. With the time of a transaction, well under the tenth of a second that a kill may cost.
    private static let gathering = 0.05
    /// More in a transaction would keep others waiting for the file.
    private static let bytesInTransaction = 8 << 20
    /// Beyond this, whoever puts something aside is slowed down.
    static let softLimit = 64 << 20
    /// Beyond this, recording stops.
    private static let hardLimit = 256 << 20
    /// For how long one call is slowed down at most.
    private static let longestWait = 0.05

    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var queuedBytes = 0
    /// Since when the oldest of ``jobs`` has waited, about; nil when there are none.
    private var waitingSince: ContinuousClock.Instant?
    /// The same of what is being written.
    private var writingSince: ContinuousClock.Instant?
    private var owners: [ObjectIdentifier: any JournalOwner] = [:]
    /// Jobs that were put aside, and those that are written or given up, since the beginning.
    private var putCount = 0
    private var doneCount = 0
    /// Who wait for the file; while there are any, nothing is gathered.
    private var waiting = 0
    private var isStopping = false
    private var hasEnded = false
    private var isIdle = true

    private let transaction: @Sendable (Work) throws(EpisodeStoreError) -> Void
    private let path: String

    /// - Parameter transaction: runs its argument as one.
    init(path: String, transaction: @escaping @Sendable (Work) throws(EpisodeStoreError) -> Void) {
        self.path = path
        self.transaction = transaction
        let thread = Thread { self.run() }
        thread.name = "episodes"
        thread.start()
    }

    /// From now on `owner` may put work aside.
    func add(_ owner: any JournalOwner) {
        condition.withLock { owners[ObjectIdentifier(owner)] = owner }
    }

    /// Puts work aside. Waits a little when there is too much of it already, and for nothing else.
    ///
    /// - Parameter bytes: about what it holds in memory.
    func put(_ owner: any JournalOwner, bytes: Int, _ work: @escaping Work) {
        condition.lock()
        defer { condition.unlock() }
        guard owners[ObjectIdentifier(owner)] != nil, !isStopping else { return }
        if queuedBytes > JournalWriter.softLimit {
            let deadline = Date(timeIntervalSinceNow: JournalWriter.longestWait)
            while queuedBytes > JournalWriter.softLimit, condition.wait(until: deadline) {}
        }
        guard queuedBytes <= JournalWriter.hardLimit else {
            stopOwners(.tooSlow(path: path, megabytes: JournalWriter.hardLimit >> 20))
            return
        }
        if jobs.isEmpty { waitingSince = .now }
        putCount += 1
        jobs.append(Job(owner: owner, bytes: bytes, work: work))
        queuedBytes += bytes
        if isIdle { condition.broadcast() }
    }

    /// Returns when all that was put aside before is written or given up; after half a minute in any case, which a file that
    /// is locked by others may take.
    func waitUntilWritten() {
        condition.withLock {
            let target = putCount
            let deadline = Date(timeIntervalSinceNow: 30)
            waiting += 1
            condition.broadcast()
            while doneCount < target, !hasEnded, condition.wait(until: deadline) {}
            waiting -= 1
        }
    }

    /// Nothing of `owner` comes any more; what it put aside is written still.
    func remove(_ owner: any JournalOwner) {
        _ = condition.withLock { owners.removeValue(forKey: ObjectIdentifier(owner)) }
    }

    /// Lets the thread write what is there, and end.
    func finish() {
        condition.withLock {
            isStopping = true
            condition.broadcast()
        }
    }

    /// Writes what is there, and ends the thread. Blocks until then.
    func stop() {
        condition.withLock {
            isStopping = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
        }
    }

    /// Bytes that wait for a transaction, about, and since when the oldest thing that is not in the file was put aside.
    var backlog: (bytes: Int, since: ContinuousClock.Instant?) {
        condition.withLock { (queuedBytes, writingSince ?? waitingSince) }
    }

    private func run() {
        while let batch = next() {
            do throws(EpisodeStoreError) {
                try write(batch)
            } catch {
                condition.withLock { stopOwners(error) }
            }
            condition.withLock {
                doneCount += batch.count
                condition.broadcast()
            }
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func write(_ batch: [Job]) throws(EpisodeStoreError) {
        try transaction { db in
            var owners: [ObjectIdentifier: any JournalOwner] = [:]
            for job in batch {
                try job.work(db)
                owners[ObjectIdentifier(job.owner)] = job.owner
            }
            for owner in owners.values { try owner.flush(db) }
        }
    }

    /// What goes into the next transaction; nil when there will be none.
    private func next() -> [Job]? {
        condition.lock()
        defer { condition.unlock() }
        writingSince = nil
        while jobs.isEmpty, !isStopping {
            isIdle = true
            condition.wait()
        }
        isIdle = false
        guard !jobs.isEmpty else { return nil }
        let deadline = Date(timeIntervalSinceNow: JournalWriter.gathering)
        // Woken early only by whoever has put too much aside, or waits for the file.
        while !isStopping, waiting == 0, queuedBytes < JournalWriter.bytesInTransaction, condition.wait(until: deadline)
        {}
        var (count, bytes) = (0, 0)
        while count < jobs.count, bytes < JournalWriter.bytesInTransaction {
            bytes += jobs[count].bytes
            count += 1
        }
        let batch = Array(jobs.prefix(count))
        jobs.removeFirst(count)
        queuedBytes -= bytes
        writingSince = waitingSince
        if jobs.isEmpty { waitingSince = nil }
        condition.broadcast()
        return batch
    }

    /// Under the lock.
    private func stopOwners(_ error: EpisodeStoreError) {
        doneCount += jobs.count
        jobs = []
        queuedBytes = 0
        waitingSince = nil
        var isFirst = true
        for owner in owners.values {
            owner.stop(error, isFirst: isFirst)
            isFirst = false
        }
        owners = [:]
        condition.broadcast()
    }
}
