/// Work that goes on beside a farm's steps: the emitter, attempts, requests to the platform, the poller. It ends with this.
struct FarmJobs: Sendable {
    private let jobs: AsyncStream<@Sendable () async -> Void>.Continuation
    private let background: Task<Void, Never>

    init() {
        let (stream, continuation) = AsyncStream<@Sendable () async -> Void>.makeStream()
        jobs = continuation
        background = Task {
            await withDiscardingTaskGroup { group in
                for await job in stream { group.addTask { await job() } }
                group.cancelAll()
            }
        }
    }

    func start(_ job: @escaping @Sendable () async -> Void) { jobs.yield(job) }

    /// Cancels what is under way and waits for its end.
    func end() async {
        jobs.finish()
        background.cancel()
        await background.value
    }
}
