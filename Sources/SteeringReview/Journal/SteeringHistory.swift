public import Episodes
public import Steering

/// A decision, and what came of it.
public struct RecordedDecision: Sendable, Hashable {
    public let decision: SteeringDecision
    /// nil: not known, as where the program was killed in the meantime.
    public let outcome: SteeringDecision.Outcome?
    /// For ``SteeringHistory/settings(_:)``; nil: nobody wrote them down.
    public let settings: Int64?

    public init(_ decision: SteeringDecision, outcome: SteeringDecision.Outcome? = nil, settings: Int64? = nil) {
        (self.decision, self.outcome, self.settings) = (decision, outcome, settings)
    }
}

/// What steering has written into a file, for reading; also while it is being written.
///
///     let history = try SteeringHistory(path: "steer.sqlite")
///     for recorded in try history.decisions(of: "resize", from: 1_700_000_000, limit: 100) {
///         print(DecisionText.line(recorded))
///     }
public struct SteeringHistory: Sendable {
    let store: EpisodeStore

    /// - Throws: `EpisodeStoreError`: no such file, another program's, one of a newer version.
    public init(path: String) throws(EpisodeStoreError) {
        self.init(try EpisodeStore(path: path, mode: .read))
    }

    init(_ store: EpisodeStore) { self.store = store }

    public var path: String { store.path }

    /// What there is of each function.
    public func functions() throws(EpisodeStoreError) -> [SteeredFunction] { try store.steeredFunctions() }

    /// What was remembered with the last decision of a function, and its number.
    public func last(of function: String) throws(EpisodeStoreError) -> (number: Int, memory: SteeringMemory)? {
        guard let (number, memory) = try store.memory(of: function) else { return nil }
        return (number, try SteeringJSON.value(SteeringMemory.self, memory, of: "what \(function) remembers", path))
    }

    /// Decisions in the order of their numbers, a page of them.
    ///
    /// - Parameters:
    ///   - from: seconds since 1970, as is `to`, which is not of the stretch any more.
    ///   - number: only those after this one; the last one of a page gives the next page.
    public func decisions(
        of function: String, from: Double = -.infinity, to: Double = .infinity, after number: Int = 0,
        limit: Int = 1_000
    ) throws(EpisodeStoreError) -> [RecordedDecision] {
        guard from < to else { return [] }
        var decisions: [RecordedDecision] = []
        for row in try store.decisions(of: function, in: from..<to, after: number, limit: limit) {
            let name = "decision \(row.number) of \(function)"
            let decision = try SteeringJSON.value(SteeringDecision.self, row.decision, of: name, path)
            var outcome: SteeringDecision.Outcome?
            if let data = row.outcome {
                outcome = try SteeringJSON.value(
                    SteeringDecision.Outcome.self, data, of: "the outcome of \(name)", path)
            }
            decisions.append(RecordedDecision(decision, outcome: outcome, settings: row.settings))
        }
        return decisions
    }

    /// The settings that decisions were made with.
    public func settings(_ id: Int64) throws(EpisodeStoreError) -> SteeringSettings? {
        guard let row = try store.settings(id) else { return nil }
        return try SteeringJSON.value(SteeringSettings.self, row.settings, of: "settings \(id)", path)
    }

    /// Calls that came in a stretch of time, in order of their coming, a page of them.
    public func served(
        of function: String, from: Double, to: Double, after last: ServedTask? = nil, limit: Int = 10_000
    ) throws(EpisodeStoreError) -> [ServedTask] {
        guard from < to else { return [] }
        return try store.served(of: function, in: from..<to, after: last, limit: limit)
    }
}
