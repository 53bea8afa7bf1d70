public import Randomness

/// An environment whose calls need no time to speak of, and so can be made from whichever thread, without a task.
///
/// The calls of ``AsyncEnvironment`` are the same ones; they come one at a time in either form.
public protocol ImmediateEnvironment: AsyncEnvironment {
    /// What ``AsyncEnvironment/reset(seed:options:)`` does, at once.
    ///
    /// - Throws: ``EnvironmentError``.
    func resetNow(seed: Seed?, options: [Value.Entry]) throws(EnvironmentError) -> ResetResult

    /// What ``AsyncEnvironment/step(_:)`` does, at once.
    ///
    /// - Throws: ``EnvironmentError``.
    func stepNow(_ action: Value) throws(EnvironmentError) -> StepResult

    /// What ``AsyncEnvironment/render(mode:)`` does, at once.
    ///
    /// - Throws: ``EnvironmentError``.
    func renderNow(mode: String) throws(EnvironmentError) -> RenderedFrame
}

extension ImmediateEnvironment {
    public nonisolated(nonsending) func reset(seed: Seed?, options: [Value.Entry]) async throws -> ResetResult {
        try resetNow(seed: seed, options: options)
    }

    public nonisolated(nonsending) func step(_ action: Value) async throws -> StepResult {
        try stepNow(action)
    }

    public nonisolated(nonsending) func render(mode: String) async throws -> RenderedFrame {
        try renderNow(mode: mode)
    }
}
