import Farm
import Foundation
import Testing

@testable import Steering

/// Decisions, one after the other, without clock and platform.
@Suite struct SteeringCourseTests {
    private let start = 20_000.0 * 86_400 + 3_600

    private var settings: SteeringSettings {
        var settings = SteeringSettings(function: "resize")
        settings.workers = WorkerBounds(min: 1, max: 20, initial: 3)
        (settings.period, settings.holdDown, settings.quiet, settings.staleAfter) = (10, 0, 30, 25)
        return settings
    }

    private func course(_ mode: SteeringDecision.Mode = .steer) -> SteeringCourse {
        SteeringCourse(settings, memory: SteeringMemory(mode: mode), number: 0)
    }

    /// A period with fresh inputs.
    private func input(
        _ time: Double, _ answer: Result<Int, SteeringFailure>, seen: Int? = 3, fallback: Int? = nil,
        sightedAt: Double? = nil
    ) -> SteeringCourse.Input {
        var sighting = Sighting(time: start + (sightedAt ?? time), seconds: 10)
        sighting.arrivals = 5
        return SteeringCourse.Input(
            time: start + time, workers: seen.map { WorkersSeen(time: start + time, asked: $0, ready: $0) },
            sighting: sighting, answer: answer, fallback: fallback)
    }

    @Test func beginsWithWhatIsThere() {
        var course = course()
        let decision = course.decide(input(0, .failure(SteeringFailure("not yet")), seen: 7))
        #expect(decision.before == 7 && decision.asked == 7 && decision.author == .nobody)
        #expect(decision.number == 1)
    }

    @Test func asksForWhatThePolicySays() {
        var course = course()
        let decision = course.decide(input(0, .success(9)))
        #expect(decision.asked == 9 && decision.author == .policy && decision.fault == nil)
        #expect(course.memory.asked == 9)
    }

    @Test(arguments: [-1, 1_000_001, Int.max, Int.min])
    func nonsenseIsAFault(_ count: Int) {
        var course = course()
        let decision = course.decide(input(0, .success(count), fallback: 5))
        #expect(decision.author == .fallback && decision.asked == 5)
        #expect(decision.fault?.contains("\(count)") == true)
        #expect(decision.recommended == count)
    }

    @Test func theFallbackGivesBackAfterAQuietTime() {
        var course = course()
        #expect(course.decide(input(0, .failure(SteeringFailure("hangs")), fallback: 5)).author == .fallback)
        #expect(course.decide(input(10, .success(9), fallback: 5)).author == .fallback)
        #expect(course.decide(input(29.9, .success(9), fallback: 5)).author == .fallback)
        let back = course.decide(input(30, .success(9), fallback: 5))
        #expect(back.author == .policy && back.asked == 9)
        // A failure in the quiet time begins it anew.
        _ = course.decide(input(40, .failure(SteeringFailure("hangs")), fallback: 5))
        _ = course.decide(input(60, .failure(SteeringFailure("hangs")), fallback: 5))
        #expect(course.decide(input(80, .success(9), fallback: 5)).author == .fallback)
        #expect(course.decide(input(90, .success(9), fallback: 5)).author == .policy)
    }

    @Test func withoutAFallbackTheNumberStays() {
        var course = course()
        _ = course.decide(input(0, .success(9)))
        let decision = course.decide(input(10, .failure(SteeringFailure("hangs")), seen: 9))
        #expect(decision.asked == 9 && decision.author == .nobody && decision.fault == "hangs")
    }

    @Test func staleInputsMoveNothing() {
        var course = course()
        _ = course.decide(input(0, .success(9)))
        let decision = course.decide(input(40, .success(2), sightedAt: 10))
        #expect(decision.asked == 9 && decision.refusals.map(\.rail) == ["stale"])
        #expect(decision.inputAge == 30)
        var blind = input(50, .success(2))
        blind.sighting = nil
        let blindDecision = course.decide(blind)
        #expect(blindDecision.asked == 9 && blindDecision.inputAge == -1)
    }

    @Test func aRestartGoesOnWithWhatWasAskedFor() throws {
        var first = course()
        _ = first.decide(input(0, .success(9)))
        let kept = try JSONDecoder().decode(SteeringMemory.self, from: JSONEncoder().encode(first.memory))
        #expect(kept == first.memory)
        var settings = settings
        settings.largestStepUp = 2
        var second = SteeringCourse(settings, memory: kept, number: first.number)
        // The platform has forgotten all but one; what is asked for is no more than a step from what was asked for.
        let decision = second.decide(input(10, .success(20), seen: 1))
        #expect(decision.before == 9 && decision.asked == 11 && decision.number == 2)
    }

    @Test func adviceGoesOnFromWhatIsThere() {
        var course = course(.advise)
        #expect(course.decide(input(0, .success(9), seen: 4)).before == 4)
        #expect(course.decide(input(10, .success(9), seen: 6)).before == 6)
        course.set(mode: .steer)
        #expect(course.decide(input(20, .success(9), seen: 6)).asked == 9)
        #expect(course.memory.asked == 9)
    }

    @Test func booksWorkerSecondsByTheDay() {
        var course = course()
        _ = course.decide(input(0, .success(4)))
        _ = course.decide(input(10, .success(4), seen: 4))
        #expect(course.memory.spent == 40)
        // An hour without the program is no hour of books.
        _ = course.decide(input(3_610, .success(4), seen: 4))
        #expect(course.memory.spent == 40 + 3 * 10 * 4)
        let tomorrow = 86_400.0 - 3_600 + 5
        _ = course.decide(input(tomorrow, .success(4), seen: 4))
        #expect(course.memory.spent == 5 * 4)
    }

    @Test func pausesAreRemembered() {
        var course = course()
        _ = course.decide(input(0, .success(9)))
        course.set(pause: .both)
        #expect(course.decide(input(10, .success(2), seen: 9)).asked == 9)
        #expect(course.memory.pause == .both)
        course.set(pause: nil)
        #expect(course.decide(input(20, .success(2), seen: 9)).asked == 2)
    }

    @Test func aRevertGoesBackToWhatWasFound() throws {
        var course = course()
        _ = course.decide(input(0, .success(9), seen: 4))
        let reverted = course.revert(input(10, .success(9), seen: 9))
        let back = try #require(reverted)
        #expect(back.asked == 4 && back.author == .revert && back.mode == .steer && back.number == 2)
        #expect(course.mode == .advise && course.memory.asked == nil)
        // A function that is only advised has nothing to go back to.
        #expect(course.revert(input(20, .success(9), seen: 4)) == nil)
    }

    @Test func numbersLeaveNoGap() {
        var course = course()
        let numbers = (0..<5).map { course.decide(input(Double($0) * 10, .success(3))).number }
        #expect(numbers == [1, 2, 3, 4, 5])
    }
}
