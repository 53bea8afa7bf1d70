import FarmModel
import Testing

@Suite struct WindowOutcomeTests {
    @Test func aWindowCostsItsMissesAndItsWorkers() {
        var outcome = WindowOutcome()
        outcome.missed = 3
        outcome.paidWorkerSeconds = 100
        #expect(outcome.cost(miss: 1, worker: 0.03) == 6)
    }
}
