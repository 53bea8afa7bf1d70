import Gymnasium
import Randomness
import Testing

@Suite("Seeds of a vector's episodes")
struct SynchronousRowsSeedingTests {
    private func vector(
        isContinuing: Bool, mode: AutoresetMode, count: Int = 3
    ) -> SynchronousRows<CountingEnvironment> {
        SynchronousRows(
            (0..<count).map { _ in CountingEnvironment(isContinuing: isContinuing) },
            EnvironmentForm(
                spec: CountingEnvironment.spec, observationSpace: CountingEnvironment.observationSpace,
                actionSpace: .discrete(.init(n: 6)), layout: .vector(count: count, mode), infoDetail: .ends), team: nil)
    }

    private func beginnings(_ buffers: RowBuffers) -> [Int32] {
        (0..<buffers.count).map { buffers.observation(at: $0).load(as: Int32.self) }
    }

    private func step(_ vector: some ImmediateRows, _ actions: [Int64], _ buffers: RowBuffers) throws {
        try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
    }

    @Test("Environments that go on with their random numbers do so in every mode, under the seed they were given")
    func continuing() throws {
        let seeds = [Seed(1), Seed(2), Seed(3)]
        let nextStep = vector(isContinuing: true, mode: .nextStep)
        var buffers = RowBuffers(for: nextStep)
        #expect(try nextStep.resetNow(seeds: seeds, into: buffers) == seeds)
        try step(nextStep, [5, 0, 0], buffers)
        #expect(beginnings(buffers) == [1, 2, 3])
        try step(nextStep, [0, 0, 5], buffers)
        #expect(beginnings(buffers) == [1_001, 2, 3])
        #expect(try nextStep.resetNow(seeds: [nil, nil, nil], mask: [false, true, false], into: buffers) == seeds)
        #expect(beginnings(buffers) == [1_001, 1_002, 3])

        let sameStep = vector(isContinuing: true, mode: .sameStep)
        buffers = RowBuffers(for: sameStep)
        try sameStep.resetNow(seeds: seeds, into: buffers)
        try step(sameStep, [5, 0, 5], buffers)
        #expect(beginnings(buffers) == [1_001, 2, 1_003])
        #expect(buffers.finalObservation(at: 2).load(as: Int32.self) == 3)
        let given = try sameStep.resetNow(seeds: [nil, Seed(9), nil], into: buffers)
        #expect(given == [Seed(1), Seed(9), Seed(3)])
        #expect(beginnings(buffers) == [2_001, 9, 2_003])
    }

    @Test("Environments that want a seed for each episode get new ones that follow from the one given")
    func anew() throws {
        var runs: [[Int32]] = []
        for _ in 0..<2 {
            let vector = vector(isContinuing: false, mode: .sameStep)
            let buffers = RowBuffers(for: vector)
            let first = try vector.resetNow(seeds: [Seed(1), Seed(2), Seed(3)], into: buffers)
            var run: [Int32] = []
            for _ in 0..<3 {
                try step(vector, [5, 5, 5], buffers)
                run += beginnings(buffers)
            }
            let second = try vector.resetNow(seeds: [nil, nil, nil], into: buffers)
            #expect(Set(first + second).count == 6)
            runs.append(run + beginnings(buffers))
        }
        #expect(runs[0] == runs[1])
        #expect(!runs[0].contains(1_001))
    }

    @Test("The first episodes without any seed begin with the system's random numbers")
    func unseeded() throws {
        for isContinuing in [true, false] {
            let vector = vector(isContinuing: isContinuing, mode: .nextStep, count: 8)
            let buffers = RowBuffers(for: vector)
            let seeds = try vector.resetNow(seeds: Array(repeating: nil, count: 8), into: buffers)
            #expect(Set(seeds).count == 8)
        }
    }
}
