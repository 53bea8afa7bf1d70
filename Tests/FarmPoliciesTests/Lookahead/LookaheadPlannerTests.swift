import Farm
import Randomness
import Testing

@testable import FarmPolicies

@Suite struct LookaheadPlannerTests {
    /// What a planner chooses where every window brings `count` tasks of 1 s each.
    private func choice(
        _ count: Int, deadline: Double = 3, prices: LookaheadPlanner.Prices = .init(), windows: Int = 3,
        startUp: Double = 2,
        _ change: (inout LookaheadPlanner.View) -> Void = { _ in }
    ) -> Int {
        let stage = Stage(
            service: ServiceTime(.constant(1)), workers: WorkerBounds(min: 1, max: 32, initial: 4),
            startUp: StartUpDelay(mean: startUp))
        let planner = LookaheadPlanner(
            stage, deadline: DeadlineRule(factor: 0, min: deadline, max: deadline), window: 8,
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
        let few = choice(40) { $0.ready = 16 }
        #expect((6...11).contains(few), "\(few)")
        let many = choice(120) { $0.ready = 26 }
        #expect((16...25).contains(many), "\(many)")
    }

    @Test("the dearer workers are, the fewer are asked for")
    func prices() {
        let numbers = [0, 0.03, 0.3, 3].map { worker in
            choice(120, prices: .init(miss: 1, worker: worker)) { $0.ready = 26 }
        }
        #expect(numbers == numbers.sorted(by: >), "\(numbers)")
        #expect(numbers[0] > numbers[3] + 3, "\(numbers)")
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

    @Test(
        "however long the queue and few the workers, all that there can be are asked for: a flash crowd is not given up",
        arguments: [(40, 900, 4), (200, 400, 18), (200, 900, 1), (16, 900, 1), (200, 900, 32)])
    func neverGivenUp(count: Int, waiting: Int, ready: Int) {
        let number = choice(count, windows: 2) {
            $0.waiting = waiting
            $0.oldestAge = 20
            $0.running = ready
            $0.ready = ready
        }
        #expect(number > 28, "\(number)")
    }

    @Test("workers that are about to come are counted: none asked for now would come in time, and they are kept")
    func starting() {
        let coming = choice(40, startUp: 60) {
            $0.ready = 0
            $0.now = 60
            $0.askedAt = Array(repeating: 0.1, count: 12)
        }
        #expect((6...12).contains(coming), "\(coming)")
        let none = choice(40, startUp: 60) {
            $0.ready = 0
            $0.now = 60
        }
        #expect(none < 6, "\(none)")
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
