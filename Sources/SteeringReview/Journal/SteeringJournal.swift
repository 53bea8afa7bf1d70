public import Episodes
import Foundation
public import Steering
import Synchronization

/// Decisions, what steering remembers, and calls that were served, in a SQLite file. One program at a time writes to it, any number
/// may read.
///
///     let journal = try SteeringJournal(path: "steer.sqlite", programVersion: "faasfarm 0.1.0", holder: "faasfarm steer")
///     let parts = Steerer.Parts(
///         settings: settings, source: source, setter: setter, policy: policy, journal: journal, mode: .advise)
///     …
///     try await journal.record(calls)    // what the ingress served, some at a time
///     try await journal.close()
///
/// A decision and what the next one goes on from are one transaction, which is on the disk when
/// ``record(_:_:)`` returns (`synchronous = FULL`): neither a kill nor a machine that loses power takes it back.
public final class SteeringJournal: DecisionJournal {
    /// What has been written, for reading.
    public let history: SteeringHistory
    private let store: EpisodeStore
    private let lines: DecisionLines?
    /// Of functions that are steered now, as rows of the file.
    private let settings = Mutex<[String: Int64]>([:])

    /// Makes the file where it is not there.
    ///
    /// - Parameters:
    ///   - holder: who writes, as whoever tries to as well is told.
    ///   - lines: where decisions are told as lines of JSON, too.
    /// - Throws: `EpisodeStoreError`. A file that holds something else, one of a newer version, and one that another program writes
    ///   to are left as they are.
    public init(
        path: String, programVersion: String, holder: String = "faasfarm steer", lines: DecisionLines? = nil
    ) throws(EpisodeStoreError) {
        store = try EpisodeStore(
            path: path, mode: .write, programVersion: programVersion, holder: holder, isDurable: true)
        history = SteeringHistory(store)
        self.lines = lines
    }

    public func begin(_ settings: SteeringSettings) async throws(SteeringFailure) {
        let id = try await steering { () async throws(EpisodeStoreError) in
            try await self.store.settingsID(
                of: settings.function, try SteeringJSON.data(settings, self.store.path),
                since: Date().timeIntervalSince1970)
        }
        self.settings.withLock { $0[settings.function] = id }
    }

    public func record(_ decision: SteeringDecision, _ memory: SteeringMemory) async throws(SteeringFailure) {
        let settings = settings.withLock { $0[decision.function] }
        try await steering { () async throws(EpisodeStoreError) in
            let row = DecisionRow(
                function: decision.function, number: decision.number, time: decision.time,
                mode: decision.mode.rawValue, policy: decision.policy, recommended: decision.recommended,
                asked: decision.asked, decision: try SteeringJSON.data(decision, self.store.path), settings: settings)
            try await self.store.insert(row, memory: try SteeringJSON.data(memory, self.store.path))
        }
        lines?.begin(decision)
    }

    public func complete(
        _ function: String, _ number: Int, _ outcome: SteeringDecision.Outcome
    ) async throws(SteeringFailure) {
        lines?.complete(function, number, outcome)
        try await steering { () async throws(EpisodeStoreError) in
            try await self.store.setOutcome(try SteeringJSON.data(outcome, self.store.path), of: number, function)
        }
    }

    public func last(of function: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)? {
        try await steering { () async throws(EpisodeStoreError) in try self.history.last(of: function) }
    }

    /// Writes calls that were served, all of them or none. The same ones may be tried again.
    public func record(_ calls: [ServedTask]) async throws(SteeringFailure) {
        try await steering { () async throws(EpisodeStoreError) in try await self.store.insert(calls) }
    }

    /// Deletes decisions and calls from before a time, seconds since 1970. What the next decision goes on from stays.
    @discardableResult
    public func prune(before time: Double) async throws(SteeringFailure) -> (decisions: Int, served: Int) {
        try await steering { () async throws(EpisodeStoreError) in
            try await self.store.removeSteering(before: time)
        }
    }

    /// Closes the file, and gives up the right to write to it. Nothing may be written or read afterwards.
    public func close() async throws(SteeringFailure) {
        lines?.flush()
        try await steering { () async throws(EpisodeStoreError) in _ = try await self.store.close() }
    }

    private func steering<Value: Sendable>(
        _ body: () async throws(EpisodeStoreError) -> Value
    ) async throws(SteeringFailure) -> Value {
        do throws(EpisodeStoreError) {
            return try await body()
        } catch {
            throw SteeringFailure("the journal: \(error)")
        }
    }
}
