import Farm
import Testing

@testable import Steering

/// What each rail lets through, and what it says.
@Suite struct RailTests {
    /// Midnight of a day.
    private let midnight = 20_000.0 * 86_400

    private func context(current: Int, _ change: (inout RailContext) -> Void = { _ in }) -> RailContext {
        var settings = SteeringSettings(function: "resize")
        settings.workers = WorkerBounds(min: 2, max: 20, initial: 4)
        settings.holdDown = 60
        settings.deadline = 10
        settings.ageShare = 0.5
        var context = RailContext(time: midnight + 12 * 3_600, settings: settings, current: current)
        change(&context)
        return context
    }

    private func names(_ refusals: [SteeringDecision.Refusal]) -> [String] { refusals.map(\.rail) }

    @Test func letsThroughWhatNothingSpeaksAgainst() {
        let (count, refusals) = Rail.apply(9, context(current: 4))
        #expect(count == 9 && refusals.isEmpty)
    }

    @Test func namesDifferAndComeInOneOrder() {
        #expect(Set(Rail.all.map(\.name)).count == Rail.all.count)
        #expect(Rail.all.last?.name == "bounds")
    }

    @Test(arguments: [(0, 2), (1, 2), (21, 20), (1_000_000_000, 20), (Int.max, 20), (Int.min, 2)])
    func boundsComeLast(_ proposal: Int, _ expected: Int) {
        let (count, refusals) = Rail.apply(proposal, context(current: 2))
        #expect(count == expected)
        #expect(refusals.last?.rail == "bounds")
    }

    @Test func stepsAreOfOnePeriod() {
        let small = context(current: 10) {
            ($0.settings.largestStepUp, $0.settings.largestStepDown, $0.settings.holdDown) = (3, 1, 0)
        }
        #expect(Rail.apply(20, small).count == 13)
        #expect(names(Rail.apply(20, small).refusals) == ["step-up"])
        #expect(Rail.apply(2, small).count == 9)
        #expect(names(Rail.apply(2, small).refusals) == ["step-down"])
    }

    @Test func holdsWhatWasRecommendedLately() {
        let held = context(current: 10) {
            $0.recommendations = [
                .init(time: $0.time - 61, count: 19), .init(time: $0.time - 59, count: 8),
                .init(time: $0.time, count: 3),
            ]
        }
        // What was recommended over a minute ago no longer counts; what is more than there is now brings none.
        #expect(Rail.apply(3, held).count == 8)
        #expect(names(Rail.apply(3, held).refusals) == ["hold-down"])
        #expect(Rail.apply(12, held).count == 12)
        let higher = context(current: 10) { $0.recommendations = [.init(time: $0.time - 5, count: 15)] }
        #expect(Rail.apply(3, higher).count == 10)
    }

    @Test func takesNobodyAwayFromCallsThatWait() {
        let waiting = context(current: 10) { $0.oldestAge = 5.1 }
        #expect(Rail.apply(3, waiting).count == 10)
        #expect(names(Rail.apply(3, waiting).refusals) == ["age"])
        #expect(Rail.apply(12, waiting).count == 12)
        #expect(Rail.apply(3, context(current: 10) { $0.oldestAge = 5 }).count == 3)
    }

    @Test func staysWhereItIsWhenNobodyKnows() {
        for age in [30.1, .infinity] {
            let blind = context(current: 10) { $0.inputAge = age }
            #expect(Rail.apply(3, blind).count == 10)
            #expect(Rail.apply(15, blind).count == 10)
            #expect(names(Rail.apply(15, blind).refusals) == ["stale"])
        }
        #expect(Rail.apply(15, context(current: 10) { $0.inputAge = 30 }).count == 15)
    }

    @Test func forbidsTimesOfTheDayAlsoOverMidnight() {
        func at(_ hour: Double, _ direction: SteeringSettings.Direction, _ proposal: Int) -> Int {
            let time = SteeringSettings.ForbiddenTime(from: 22 * 3_600, to: 6 * 3_600, direction: direction)
            return Rail.apply(
                proposal,
                context(current: 10) {
                    $0.time = midnight + hour * 3_600
                    $0.settings.forbidden = [time]
                }
            ).count
        }
        #expect(at(23, .down, 3) == 10)
        #expect(at(5.99, .down, 3) == 10)
        #expect(at(6, .down, 3) == 3)
        #expect(at(12, .down, 3) == 3)
        #expect(at(23, .down, 12) == 12)
        #expect(at(23, .up, 12) == 10)
        #expect(at(23, .both, 12) == 10)
    }

    @Test func spendsNoMoreThanTheDaysBudget() {
        let thin = context(current: 10) {
            ($0.settings.dailyBudget, $0.spent, $0.settings.period) = (1_000, 930, 10)
        }
        #expect(Rail.apply(12, thin).count == 7)
        #expect(names(Rail.apply(12, thin).refusals) == ["budget"])
        // What the bounds keep is kept also without money.
        #expect(
            Rail.apply(12, context(current: 10) { ($0.settings.dailyBudget, $0.spent) = (1_000, 2_000) }).count == 2)
    }

    @Test func pausesOneWayOrBoth() {
        func paused(_ pause: SteeringSettings.Direction, _ proposal: Int) -> Int {
            Rail.apply(proposal, context(current: 10) { $0.pause = pause }).count
        }
        #expect(paused(.both, 3) == 10)
        #expect(paused(.both, 13) == 10)
        #expect(paused(.down, 3) == 10)
        #expect(paused(.down, 13) == 13)
        #expect(paused(.up, 13) == 10)
        #expect(paused(.up, 3) == 3)
    }

    @Test func eachChangeIsToldWithItsReason() {
        let much = context(current: 18) { $0.settings.largestStepUp = 5 }
        let (count, refusals) = Rail.apply(90, much)
        #expect(count == 20)
        #expect(
            refusals == [
                .init(rail: "step-up", from: 90, to: 23, reason: "5 workers more a period at most"),
                .init(rail: "bounds", from: 23, to: 20, reason: "20 workers at most"),
            ])
    }
}
