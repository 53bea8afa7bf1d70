import Synchronization

/// Tasks that come over HTTP into whatever episode runs, and their results.
///
/// Bounded: so many tasks open, and so many results kept, the oldest dropped first. With an ``IngressJournal``, accepted
/// tasks outlive the program: the next one knows their results, or that they are lost.
public final class Ingress: Sendable {
    /// What became of a task.
    public enum Outcome: Sendable {
        /// The function's status, headers and body.
        case done(status: Int, headers: [(name: String, value: String)], body: [UInt8])
        case failed(reason: String)
    }

    /// Why a task failed that had not ended with its episode.
    public static let episodeEnded = "the episode ended"

    public enum Refusal: Error, Sendable, Hashable {
        /// No episode runs that could take it.
        case noEpisode
        /// As many tasks are open as may be.
        case full(limit: Int)
        /// The journal could not take it, for this reason.
        case notKept(reason: String)
    }

    /// What is known of a task.
    public enum Lookup: Sendable {
        case open
        case ended(Outcome)
        /// Accepted by a program that ended before the task did, or that kept no journal.
        case lost
        /// Never accepted, or its result was dropped.
        case unknown
    }

    /// Puts a task into the farm's queue; false when its episode is over.
    typealias Accept =
        @Sendable (_ id: String, _ payload: [UInt8], _ headers: [String: String], _ deadline: Double?)
        async -> Bool

    private enum Entry {
        case open([CheckedContinuation<Outcome, Never>])
        case ended(Outcome)
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var open = 0
        /// Ids of ended tasks, oldest first.
        var ended: [String] = []
        var accept: Accept?
        var owner = 0
        var count = 0
    }

    private let mostOpen: Int
    private let mostKept: Int
    private let journal: (any IngressJournal)?
    /// In the ids of this program's tasks, so that no two programs' are the same.
    private let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mostOpen: tasks that may wait or run.
    ///   - mostKept: results that are kept in memory for those who fetch them.
    ///   - journal: where tasks and results are written down; nil: nowhere.
    public init(mostOpen: Int = 10_000, mostKept: Int = 1_000, journal: (any IngressJournal)? = nil) {
        self.mostOpen = mostOpen
        self.mostKept = mostKept
        self.journal = journal
    }

    /// Takes a task.
    ///
    /// - Parameter deadline: scenario seconds from now; nil: the scenario's.
    /// - Returns: its id.
    public func submit(payload: [UInt8], headers: [String: String], deadline: Double?) async throws(Refusal) -> String {
        let begun: Result<(String, Accept), Refusal> = state.withLock { state in
            guard let accept = state.accept else { return .failure(.noEpisode) }
            guard state.open < mostOpen else { return .failure(.full(limit: mostOpen)) }
            state.count += 1
            state.open += 1
            let id = "ingress-\(token)-\(state.count)"
            state.entries[id] = .open([])
            return .success((id, accept))
        }
        let (id, accept) = try begun.get()
        do {
            try await journal?.accept(id)
        } catch {
            withdraw(id)
            throw .notKept(reason: "\(error)")
        }
        guard await accept(id, payload, headers, deadline) else {
            withdraw(id)
            journal?.forget(id)
            throw .noEpisode
        }
        return id
    }

    private func withdraw(_ id: String) {
        state.withLock { state in
            if case .open? = state.entries.removeValue(forKey: id) { state.open -= 1 }
        }
    }

    /// What is known of a task, of this program's or, with a journal, of an earlier one's.
    public func lookUp(_ id: String) async -> Lookup {
        let known: Lookup? = state.withLock { state in
            switch state.entries[id] {
            case .open: .open
            case .ended(let outcome): .ended(outcome)
            case nil: nil
            }
        }
        if let known { return known }
        if let found = await journal?.find(id) { return found }
        return journal == nil && isOfAnother(id) ? .lost : .unknown
    }

    /// Whether the id is such as another program gave.
    private func isOfAnother(_ id: String) -> Bool {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "ingress" && parts[1] != token && Int(parts[2]) != nil
            && !parts[1].isEmpty
            && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }

    /// Waits for a task's end; nil when it is not known.
    public func outcome(of id: String) async -> Outcome? {
        let isKnown = state.withLock { $0.entries[id] != nil }
        guard isKnown else { return nil }
        return await withCheckedContinuation { continuation in
            let outcome: Outcome? = state.withLock { state in
                switch state.entries[id] {
                case .open(let waiting):
                    state.entries[id] = .open(waiting + [continuation])
                    return nil
                case .ended(let outcome): return outcome
                case nil: return .failed(reason: "the result was dropped")
                }
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    /// An episode begins that takes tasks.
    ///
    /// - Returns: for ``close(_:)``.
    func open(_ accept: @escaping Accept) -> Int {
        state.withLock { state in
            state.owner += 1
            state.accept = accept
            return state.owner
        }
    }

    /// The episode takes no more tasks.
    func close(_ owner: Int) {
        state.withLock { if $0.owner == owner { $0.accept = nil } }
    }

    /// A task has ended. Only the first end counts, and is written down.
    func end(_ id: String, _ outcome: Outcome) {
        let waiting: [CheckedContinuation<Outcome, Never>] = state.withLock { state in
            guard case .open(let waiting)? = state.entries[id] else { return [] }
            state.entries[id] = .ended(outcome)
            state.open -= 1
            state.ended.append(id)
            if state.ended.count > mostKept { state.entries[state.ended.removeFirst()] = nil }
            journal?.end(id, outcome)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }
}
