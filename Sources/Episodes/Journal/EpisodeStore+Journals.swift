import Foundation
import GRDB
public import Gymnasium
import Synchronization

extension EpisodeStore: EpisodeObserver {
    /// Records what waits for the clock before it is answered, and keeps a journal of what is too quick to be waited for: its
    /// episodes are in this file a tenth of a second later at most.
    ///
    /// A file that is locked for longer than the busy timeout, a full disk, or steps that come faster than they are written
    /// stop the recording of all journals there are. Those made afterwards try again.
    public func listener(
        to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any EpisodeListener)? {
        if environment.waits { return RecordedEpisodes(self, environment, onFailure: onFailure) }
        guard let writer = journalWriter else { return nil }
        if !environment.form.layout.isVector {
            let journal = SingleJournal(self, writer, environment, onFailure: onFailure)
            writer.add(journal)
            return journal
        }
        guard let form = BlockForm(environment.form) else { return nil }
        let journal = VectorEpisodes(self, writer, environment, form, onFailure: onFailure)
        writer.add(journal)
        return journal
    }

    /// Made when it is first asked for; nil where the file is only read.
    private var journalWriter: JournalWriter? {
        guard let pool = writer else { return nil }
        let (path, busySeconds, lock, logWatch) = (path, busySeconds, lock, logWatch)
        return journals.withLock { journals in
            if let writer = journals { return writer }
            let writer = JournalWriter(path: path) { [weak self] work throws(EpisodeStoreError) in
                do {
                    // What is left when the store is gone is written under its lock.
                    try withExtendedLifetime(lock) { try pool.write { try work($0) } }
                    logWatch.look()
                } catch {
                    // Ids that were set aside in a transaction that came to nothing are not ours.
                    self?.numbers.withLock { $0 = EpisodeNumbers() }
                    throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
                }
            }
            journals = writer
            return writer
        }
    }

    /// Waits until the file has what journals have put aside so far: whatever was answered can be read then. It takes as
    /// long as a transaction.
    func waitForJournals() {
        journals.withLock { $0 }?.waitUntilWritten()
    }

    /// Writes what journals have put aside, and ends them. What an episode's end is missing is written by ``close()``.
    func closeJournals() async {
        guard let writer = journals.withLock({ $0.take() }) else { return }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                writer.stop()
                continuation.resume()
            }
        }
    }

    /// An id for an episode that will be written; more are set aside in the file when they run low.
    func takeNumber(_ writer: JournalWriter, for owner: any JournalOwner) -> Int64? {
        let (id, areLow) = numbers.withLock { numbers in (numbers.take(), numbers.areLow) }
        if let id {
            if areLow { writer.put(owner, bytes: 64) { try self.setNumbersAside($0) } }
            return id
        }
        // Only at the beginning, or when episodes begin faster than the file takes them.
        guard let pool = self.writer else { return nil }
        try? pool.write { try setNumbersAside($0) }
        return numbers.withLock { $0.take() }
    }

    /// An id inside of a transaction.
    func takeNumber(_ db: Database) throws -> Int64? {
        if let id = numbers.withLock({ $0.take() }) { return id }
        try setNumbersAside(db)
        return numbers.withLock { $0.take() }
    }

    /// The file and this process agree only once the transaction is committed.
    private func setNumbersAside(_ db: Database) throws {
        let count = numbers.withLock { $0.areLow ? $0.next() : 0 }
        guard count > 0 else { return }
        let range = try EpisodeNumbers.reserve(db, count: count)
        numbers.withLock { $0.refill(range) }
    }
}
