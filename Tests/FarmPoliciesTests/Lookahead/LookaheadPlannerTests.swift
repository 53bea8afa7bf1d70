import Farm
import Randomness
import Testing

@testable import FarmPolicies

@Suite struct LookaheadPlannerTests {
    private static let stage = Stage(
        service: ServiceTime(.constant(1)), workers: WorkerBounds(min: 1, max: 32, initial: 4),
        startUp: StartUpDelay(mean: 2))

    /// What a planner chooses where every window brings `count` tasks of 1 s each.
    private func choice(
        _ count: Int, deadline: Double = 3, prices: LookaheadPlanner.Prices = .init(), windows: Int = 3,
        _ change: (inout LookaheadPlanner.View) -> Void = { _ in }
    ) -> Int {
        let planner = LookaheadPlanner(
            LookaheadPlannerTests.stage, deadline: DeadlineRule(factor: 0, min: deadline, max: deadline), window: 8,
            prices: prices)
        var view = LookaheadPlanner.View()
        view.ready = 4
        change(&view)
        let future = CountFuture(
            weight: 1.0 / 16, counts: Array(repeating: count, count: windows),
            levels: Array(repeating: Double(count), count: windows))
        var generator = PCG64(seed: Seed(5))
        return planner.workers(
            view, futures: Array(repeating: future, count: 16), work: WorkEstimate(.init(.constant(1))),
            spread: ArrivalSpread(), using: &generator)
    }

    @Test("without tasks the fewest are enough; with many, as many as their work takes and some more")
    func obvious() {
        #expect(choice(0) == 1)
        // 40 tasks of a second in 8 s are the work of 5, 120 of 15.
        #expect((6...9).contains(choice(40)), "\(choice(40))")
        #expect((15...24).contains(choice(120)), "\(choice(120))")
    }

    @Test("worthless deadlines leave the fewest workers; free workers leave no miss")
    func prices() {
        #expect(choice(120, prices: .init(miss: 0, worker: 0.03)) == 1)
        let free = choice(120, prices: .init(miss: 1, worker: 0))
        #expect(free >= choice(120))
        // A task more than what a worker costs in a window, and then less.
        #expect(choice(120, prices: .init(miss: 0.001, worker: 1)) == 1)
    }

    @Test("what waits is no reason to give up: the more of it there is, the more workers are asked for")
    func giveUpTrap() {
        // All of these will be late, and with few workers so is everything that comes after them.
        let backlog = choice(40) {
            $0.waiting = 200
            $0.oldestAge = 20
            $0.running = 4
        }
        #expect(backlog > 20, "\(backlog)")
        let short = choice(40, windows: 1) {
            $0.waiting = 200
            $0.oldestAge = 20
            $0.running = 4
        }
        #expect(short > 12, "\(short)")
    }

    @Test("workers that are about to come are counted")
    func starting() {
        let coming = choice(80) {
            $0.ready = 2
            $0.now = 8
            $0.askedAt = Array(repeating: 7.5, count: 9)
        }
        #expect((11...18).contains(coming), "\(coming)")
    }

    @Test("views that no farm can have are survived")
    func odd() {
        for value in [Double.nan, .infinity, -.infinity, -1, 1e300] {
            for count in [Int.max, .min, -1, 0] {
                let number = choice(10) {
                    $0.now = value
                    $0.oldestAge = value
                    $0.waiting = count
                    $0.running = count
                    $0.ready = count
                    $0.draining = count
                    $0.askedAt = [value, 0]
                }
                #expect((1...32).contains(number))
            }
        }
    }
}
