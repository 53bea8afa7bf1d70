import FarmEnvironments
import Gymnasium
import Synchronization

/// A clock that goes on when somebody sleeps, and otherwise when it is told to.
final class SteppedTime: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func pass(_ seconds: Double) { instant.withLock { $0 += .seconds(seconds) } }

    var window: WindowTime {
        WindowTime(now: { self.now }) { end in
            try Task.checkCancellation()
            self.instant.withLock { $0 = max($0, end) }
        }
    }
}

extension FarmRows {
    /// A single environment of a farm, which waits for no clock.
    convenience init(_ farm: ScriptedFarm, _ process: DecisionProcess) {
        self.init(
            [farm], process: process,
            EnvironmentForm(
                spec: EnvironmentSpec(id: "test", description: ""), observationSpace: process.observationSpace,
                actionSpace: process.actionSpace),
            time: SteppedTime().window)
    }
}
