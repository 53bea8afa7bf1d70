import Promises
import Testing

struct PromiseTests {
    @Test("Those who wait, before and after, get the first result")
    func first() async throws {
        let promise = Promise<Int>()
        async let early = promise.wait()
        await Task.yield()
        promise.finish(.success(1))
        promise.finish(.success(2))
        let both = try await [early, promise.wait()]
        #expect(both == [1, 1])
    }

    @Test("Waiting ends when the task is cancelled")
    func cancelled() async {
        let promise = Promise<Int>()
        let waiting = Task { try await promise.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
