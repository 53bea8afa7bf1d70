public import Farm

/// Where a function's load is looked at. One of a function; read once a period.
public protocol LoadSource: Sendable {
    /// For people and records, such as "ingress" or "gateway".
    var name: String { get }

    /// What a policy will not be told, whatever happens; known before the first reading.
    var absences: MetricAbsences { get }

    /// What has happened since the last reading.
    ///
    /// - Throws: ``SteeringFailure`` where nothing can be told now; the next reading then covers the time of this one too.
    func read() async throws(SteeringFailure) -> Sighting
}

/// What sets the number of a function's workers.
public protocol WorkerSetter: Sendable {
    /// What is there now.
    func look() async throws(SteeringFailure) -> WorkersSeen

    /// Asks for a number; returns what the platform made of it, nil where it took the number and cannot say.
    func ask(for count: Int) async throws(SteeringFailure) -> WorkersSeen?
}

/// What recommends a number.
public protocol Recommender: Sendable {
    /// As it is named in a configuration, for people and records.
    var name: String { get }

    /// SHA-256 of what decides, in hexadecimal: of a policy's text, of a checkpoint's bytes.
    var digest: String { get }

    /// A number of workers. Called once a period, never while an earlier call has not returned.
    ///
    /// - Throws: why there is none.
    func recommend(after metrics: WindowMetrics) async throws -> Int
}

/// Where decisions are kept.
public protocol DecisionJournal: Sendable {
    /// How the function is going to be steered: written down with the decisions that follow.
    func begin(_ settings: SteeringSettings) async throws(SteeringFailure)

    /// Returns once the decision is on the disk.
    func record(_ decision: SteeringDecision, _ memory: SteeringMemory) async throws(SteeringFailure)

    /// What came of a decision at the platform.
    func complete(_ function: String, _ number: Int, _ outcome: SteeringDecision.Outcome) async throws(SteeringFailure)

    /// What was remembered with the last decision of a function, and its number.
    func last(of function: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)?
}

extension DecisionJournal {
    public func begin(_ settings: SteeringSettings) async throws(SteeringFailure) {}
}

/// What was got, what is expected and what to do, in words.
public struct SteeringFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
