import GRDB
import Synchronization

/// Writes of many callers, as many as there are with each commit, so that a disk that takes its time for one takes no more for a
/// hundred. Each returns once its commit is on the disk.
final class GroupCommit: Sendable {
    private struct Work: Sendable {
        let body: @Sendable (Database) throws -> Void
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var works: [Work] = []
        var isWriting = false
    }

    private static let mostAtOnce = 500

    private let database: DatabaseQueue
    private let state = Mutex(State())

    init(_ database: DatabaseQueue) { self.database = database }

    /// - Throws: what the database says; where one of a commit fails, all of it do.
    func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let begins = state.withLock { state in
                state.works.append(Work(body: body, continuation: continuation))
                return !exchange(&state.isWriting, with: true)
            }
            if begins { commit() }
        }
    }

    private func commit() {
        let works = state.withLock { state in
            let works = Array(state.works.prefix(GroupCommit.mostAtOnce))
            state.works.removeFirst(works.count)
            state.isWriting = !works.isEmpty
            return works
        }
        guard !works.isEmpty else { return }
        database.asyncWrite { db in
            for work in works { try work.body(db) }
        } completion: { [self] _, result in
            for work in works { work.continuation.resume(with: result) }
            commit()
        }
    }
}
