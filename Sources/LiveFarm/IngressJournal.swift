/// Keeps accepted tasks and their results beyond the program's end.
public protocol IngressJournal: Sendable {
    /// The task is about to be accepted. It is written down when this returns.
    ///
    /// - Throws: why it cannot be; it is not accepted then.
    func accept(_ id: String) async throws

    /// The task was not accepted after all.
    func forget(_ id: String)

    /// The task has ended. Returns at once; whoever looks for the task later finds this.
    func end(_ id: String, _ outcome: Ingress.Outcome)

    /// What is known of a task; nil: nothing.
    func find(_ id: String) async -> Ingress.Lookup?
}
