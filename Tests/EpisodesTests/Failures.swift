import Foundation
import GRDB
import Synchronization
import Testing

/// What recordings said when they stopped.
final class Failures: Sendable {
    private let said = Mutex<[String]>([])

    var all: [String] { said.withLock { $0 } }

    func add(_ error: any Error) { said.withLock { $0.append("\(error)") } }

    /// Goes on until something was said; 20 s at most.
    func wait(_ body: () throws -> Void) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while all.isEmpty {
            try #require(ContinuousClock.now < deadline, "nothing was said in 20 s")
            for _ in 0..<20 { try body() }
            await Task.yield()
        }
    }
}

extension DatabaseQueue {
    /// Keeps the file locked for writing while `body` runs.
    func inDatabaseTransaction(_ body: () async throws -> Void) async throws {
        try await unsafeLock(begin: true)
        do {
            try await body()
        } catch {
            try await unsafeLock(begin: false)
            throw error
        }
        try await unsafeLock(begin: false)
    }

    private func unsafeLock(begin: Bool) async throws {
        try await writeWithoutTransaction { db in
            if begin { try db.beginTransaction(.immediate) } else { try db.rollback() }
        }
    }
}
