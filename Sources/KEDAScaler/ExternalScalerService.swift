import GRPCCore
import Steering

/// KEDA's five calls. The first three look something up and answer; the streams wait for what the board says of their function, and
/// end when their caller goes or steering does.
struct ExternalScalerService: Externalscaler_ExternalScaler.SimpleServiceProtocol {
    let answers: ScalerAnswers

    func isActive(
        request: Externalscaler_ScaledObjectRef, context: ServerContext
    ) async throws -> Externalscaler_IsActiveResponse {
        try answers.activity(of: ScaledObject(request))
    }

    func getMetricSpec(
        request: Externalscaler_ScaledObjectRef, context: ServerContext
    ) async throws -> Externalscaler_GetMetricSpecResponse {
        try answers.spec(for: request)
    }

    func getMetrics(
        request: Externalscaler_GetMetricsRequest, context: ServerContext
    ) async throws -> Externalscaler_GetMetricsResponse {
        try answers.metrics(for: request)
    }

    /// What is no longer known changes nothing that was told; KEDA hears of it at its polls.
    func streamIsActive(
        request: Externalscaler_ScaledObjectRef, response: RPCWriter<Externalscaler_IsActiveResponse>,
        context: ServerContext
    ) async throws {
        let object = try ScaledObject(request)
        // Before the state is looked at, so that no change is lost between them.
        let changes = answers.board.changes(of: object.function)
        let first = try answers.activity(of: object)
        try await response.write(first)
        try await follow(changes, until: context.cancellation, from: first) { told in
            guard let current = try? answers.activity(of: object), current != told else { return told }
            try await response.write(current)
            return current
        }
    }

    /// The metric and its target never change, so there is nothing to follow but the end.
    func streamMetricSpec(
        request: Externalscaler_ScaledObjectRef, response: RPCWriter<Externalscaler_GetMetricSpecResponse>,
        context: ServerContext
    ) async throws {
        let changes = answers.board.changes(of: try ScaledObject(request).function)
        try await response.write(answers.spec(for: request))
        try await follow(changes, until: context.cancellation, from: ()) {}
    }

    /// Goes from state to state at each change, until the caller has gone.
    ///
    /// - Throws: `UNAVAILABLE` when steering ends, so that KEDA comes again.
    private func follow<State: Sendable>(
        _ changes: AsyncStream<Void>, until cancellation: ServerContext.RPCCancellationHandle, from first: State,
        next: @escaping @Sendable (State) async throws -> State
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var state = first
                for await _ in changes { state = try await next(state) }
            }
            group.addTask { try await cancellation.cancelled }
            defer { group.cancelAll() }
            try await group.next()
        }
        throw RPCError(code: .unavailable, message: "steering is about to end")
    }
}
