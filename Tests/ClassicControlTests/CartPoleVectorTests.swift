import Gymnasium
import Randomness
import Testing

@testable import ClassicControl

@Suite("Carts with poles that step together")
struct CartPoleVectorTests {
    struct Setting: CustomTestStringConvertible {
        var mode: AutoresetMode
        var threads: Int
        var count: Int

        var testDescription: String { "\(mode.rawValue), \(threads) threads, \(count) carts" }

        static let all = AutoresetMode.allCases.flatMap { mode in
            [1, 2].flatMap { threads in
                [1, 4, 37].map { Setting(mode: mode, threads: threads, count: $0) }
            }
        }
    }

    private func problem(suttonBarto: Bool = false) throws -> CartPole {
        try CartPole(.init(entries: [.init("sutton_barto_reward", .boolean(suttonBarto))]))
    }

    /// The same carts, one by one.
    private func reference(
        _ problem: CartPole, count: Int, mode: AutoresetMode, maxEpisodeSteps: Int
    ) -> SynchronousRows<ControlEnvironment<CartPole>> {
        SynchronousRows(
            (0..<count).map { _ in ControlEnvironment(problem, maxEpisodeSteps: maxEpisodeSteps) },
            EnvironmentForm(
                spec: CartPole.spec, observationSpace: CartPole.observationSpace, actionSpace: CartPole.actionSpace,
                layout: .vector(count: count, mode), arguments: problem.arguments, infoDetail: .none), team: nil)
    }

    private func everything(_ buffers: RowBuffers) -> [[UInt8]] {
        [
            Array(buffers.observations), Array(UnsafeRawBufferPointer(buffers.rewards)),
            Array(UnsafeRawBufferPointer(buffers.terminations)), Array(UnsafeRawBufferPointer(buffers.truncations)),
            Array(buffers.finalObservations), Array(UnsafeRawBufferPointer(buffers.finalMask)),
        ]
    }

    @Test("Equal to carts of their own, to the last bit", arguments: Setting.all)
    func equality(setting: Setting) throws {
        let problem = try problem(suttonBarto: setting.count == 4)
        let vector = CartPoleVector(
            problem, count: setting.count, autoresetMode: setting.mode, maxEpisodeSteps: 30,
            team: nil)
        vector.use(ThreadTeam(threads: setting.threads))
        vector.blocksInChunk = 2
        let reference = reference(problem, count: setting.count, mode: setting.mode, maxEpisodeSteps: 30)
        let (got, expected) = (RowBuffers(for: vector), RowBuffers(for: reference))
        let seeds = (0..<setting.count).map { Seed(UInt64(900 + 7 * $0)) }
        #expect(try vector.resetNow(seeds: seeds, into: got) == seeds)
        #expect(try reference.resetNow(seeds: seeds, into: expected) == seeds)
        #expect(everything(got) == everything(expected))

        var generator = PCG64(seed: Seed(UInt64(setting.count)))
        var ends = (terminated: 0, truncated: 0)
        for step in 0..<300 {
            // Some carts are pushed evenly, so that they reach the time limit.
            let actions = (0..<setting.count).map { Int64($0 % 3 == 0 ? step / 2 % 2 : Int(generator.next() >> 63)) }
            try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: got) }
            try actions.withUnsafeBytes { try reference.stepNow(actions: $0, into: expected) }
            try #require(everything(got) == everything(expected), "step \(step)")
            ends.terminated += got.terminations.count(where: \.self)
            ends.truncated += got.truncations.count(where: \.self)
            let isOver = (0..<setting.count).map { got.terminations[$0] || got.truncations[$0] }
            if setting.mode == .disabled && isOver.contains(true) || step == 150 {
                // Now and then with a seed.
                let mask = step == 150 ? nil : isOver
                let seeds = (0..<setting.count).map { $0 % 2 == 0 ? nil : Seed(UInt64(step + $0)) }
                #expect(
                    try vector.resetNow(seeds: seeds, mask: mask, into: got)
                        == reference.resetNow(seeds: seeds, mask: mask, into: expected))
                try #require(everything(got) == everything(expected), "reset after step \(step)")
            }
            let row = step % setting.count
            guard case .text(let picture) = try vector.renderNow(at: row, mode: "ansi"),
                case .text(let expected) = try reference.renderNow(at: row, mode: "ansi")
            else {
                Issue.record("no picture")
                return
            }
            #expect(picture == expected)
        }
        #expect(ends.truncated > 0)
        #expect(setting.count == 1 || ends.terminated > 0)
    }

    @Test("Random pushes let the pole fall after about 22 steps, as in Gymnasium")
    func episodeLength() throws {
        let vector = CartPoleVector(try problem(), count: 256, autoresetMode: .sameStep, team: nil)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: (0..<256).map { Seed(UInt64($0)) }, into: buffers)
        var generator = PCG64(seed: Seed(5))
        var episodes = 0
        let steps = 400
        for _ in 0..<steps {
            let actions = (0..<256).map { _ in Int64(generator.next() >> 63) }
            try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
            episodes += buffers.terminations.count(where: \.self)
            #expect(buffers.truncations.allSatisfy { !$0 })
        }
        let length = Double(256 * steps) / Double(episodes)
        // 22.3 on average with a standard deviation of 12 in 30,000 episodes of Gymnasium; here are 4,500.
        #expect(abs(length - 22.3) < 1)
    }

    @Test("Without autoreset, no cart steps while one is over")
    func disabled() throws {
        let vector = CartPoleVector(
            try problem(), count: 6, autoresetMode: .disabled, maxEpisodeSteps: 1, team: nil)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: Array(repeating: Seed(1), count: 6), into: buffers)
        let actions = [Int64](repeating: 0, count: 6)
        try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        try vector.resetNow(
            seeds: Array(repeating: nil, count: 6), mask: [true, true, true, true, true, false], into: buffers)
        let before = everything(buffers)
        let error = #expect(throws: EnvironmentError.self) {
            try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        }
        #expect(error?.row == 5)
        #expect(everything(buffers) == before)
    }

    @Test("Without any seed, each cart begins with one of its own")
    func unseeded() throws {
        let vector = CartPoleVector(try problem(), count: 5)
        let buffers = RowBuffers(for: vector)
        let seeds = try vector.resetNow(seeds: Array(repeating: nil, count: 5), into: buffers)
        #expect(Set(seeds).count == 5)
        let first = Array(buffers.observations)
        #expect(try vector.resetNow(seeds: Array(repeating: nil, count: 5), into: buffers) == seeds)
        #expect(Array(buffers.observations) != first)
        try vector.resetNow(seeds: seeds, into: buffers)
        #expect(Array(buffers.observations) == first)
    }

    @Test("No infos, no masks, no other render modes")
    func edges() throws {
        let vector = CartPoleVector(try problem(suttonBarto: true), count: 2, maxEpisodeSteps: 9)
        #expect(vector.info(at: 1).isEmpty)
        #expect(vector.finalInfo(at: 1) == nil)
        #expect(try vector.renderNow(at: 1, mode: "human") == nil)
        #expect(vector.spec.maxEpisodeSteps == 9)
        #expect(vector.arguments == [.init("sutton_barto_reward", true)])
        #expect(RowBuffers(for: vector).actionMasks.isEmpty)
    }
}
