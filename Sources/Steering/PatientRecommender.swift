import Farm
import Synchronization

/// A recommender that is waited for so long and no longer. One that has not returned is not asked again until it does, so that one
/// that hangs costs a task and no more.
struct PatientRecommender: Sendable {
    private let recommender: any Recommender
    private let patience: Duration
    private let isBusy = Busy()

    /// Whether a call is under way.
    private final class Busy: Sendable {
        let flag = Mutex(false)
    }

    init(_ recommender: any Recommender, patience: Duration) {
        (self.recommender, self.patience) = (recommender, patience)
    }

    func recommend(after metrics: WindowMetrics) async -> Result<Int, SteeringFailure> {
        let isFree = isBusy.flag.withLock { busy in
            defer { busy = true }
            return !busy
        }
        guard isFree else {
            return .failure(SteeringFailure("\(recommender.name) has not answered an earlier question"))
        }
        let (stream, continuation) = AsyncStream.makeStream(of: Result<Int, SteeringFailure>.self)
        let call = Task.detached { [recommender, isBusy] in
            let answer: Result<Int, SteeringFailure>
            do {
                answer = .success(try await recommender.recommend(after: metrics))
            } catch {
                answer = .failure(error as? SteeringFailure ?? SteeringFailure("\(recommender.name): \(error)"))
            }
            isBusy.flag.withLock { $0 = false }
            continuation.yield(answer)
        }
        let timer = Task.detached { [patience, name = recommender.name] in
            try await Task.sleep(for: patience, tolerance: .zero)
            continuation.yield(
                .failure(SteeringFailure("\(name) has not answered within \(patience)")))
        }
        defer {
            timer.cancel()
            call.cancel()
        }
        for await answer in stream { return answer }
        return .failure(SteeringFailure("steering ends"))
    }
}
