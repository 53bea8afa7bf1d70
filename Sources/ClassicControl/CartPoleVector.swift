public import Gymnasium
public import Randomness

/// Carts with poles that step together, several in one instruction. Each gives the same numbers as a ``CartPole`` of its own
/// does in a ``SynchronousVector``, to the last bit.
public final class CartPoleVector: VectorEnvironment {
    public let spec: EnvironmentSpec
    public let count: Int
    public let autoresetMode: AutoresetMode
    public let arguments: [Value.Entry]
    public var singleObservationSpace: Space { CartPole.observationSpace }
    public var singleActionSpace: Space { CartPole.actionSpace }
    public var scenarioText: String { "" }
    public var infoDetail: InfoDetail { .none }
    public var actionMaskCount: Int { 0 }
    public let expectedStepSeconds = 1.0

    /// Blocks that a thread steps at once: enough to be worth waking it.
    var blocksInChunk = 512

    private var team: ThreadTeam?
    private let problem: CartPole
    private let rules: CartPoleBlock.Rules
    private var blocks: [CartPoleBlock]
    /// One for each sub-environment.
    private var generators: [PCG64]
    private var seeds: [Seed?]

    /// - Parameters:
    ///   - problem: tells the rewards.
    ///   - count: sub-environments, 1 or more.
    ///   - maxEpisodeSteps: the step at which an episode is truncated; 1 or more.
    ///   - team: nil steps on the caller's thread only.
    public init(
        _ problem: CartPole, count: Int, autoresetMode: AutoresetMode = .nextStep,
        maxEpisodeSteps: Int = CartPole.spec.maxEpisodeSteps, team: ThreadTeam? = .shared
    ) {
        spec = CartPole.spec.limited(to: maxEpisodeSteps)
        arguments = problem.arguments
        self.problem = problem
        self.count = count
        self.autoresetMode = autoresetMode
        self.team = team
        rules = CartPoleBlock.Rules(
            rewardGoing: problem.reward(terminated: false), rewardFallen: problem.reward(terminated: true),
            maxEpisodeSteps: Double(maxEpisodeSteps), autoresetMode: autoresetMode)
        let width = CartPoleBlock.width
        blocks = Array(repeating: CartPoleBlock(), count: (count + width - 1) / width)
        generators = Array(repeating: PCG64(seed: Seed(0)), count: count)
        seeds = Array(repeating: nil, count: count)
    }

    public func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed] {
        for index in 0..<count where mask?[index] ?? true {
            // Without a seed, an episode goes on with the random numbers of the last one.
            if seeds[index] != nil || self.seeds[index] == nil {
                let seed = seeds[index] ?? .random()
                generators[index] = PCG64(seed: seed)
                self.seeds[index] = seed
            }
        }
        withRows(of: buffers, actions: nil) { blocks, rows in
            for index in blocks.indices {
                if rules.autoresetMode == .sameStep { blocks[index].clearFinal(index, rows) }
                for lane in 0..<rows.lanes(ofBlock: index) where mask?[index * CartPoleBlock.width + lane] ?? true {
                    blocks[index].reset(lane: lane, index, rows)
                }
            }
        }
        return self.seeds.map { $0 ?? Seed(0) }
    }

    /// - Parameter actions: `count` int64 numbers, 0 or 1.
    public func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError) {
        if autoresetMode == .disabled, let index = firstOver {
            throw VectorStepError(
                index: index,
                "the episode of sub-environment \(index) is over; reset it with a mask before the next step")
        }
        let (rules, blocksInChunk) = (rules, blocksInChunk)
        withRows(of: buffers, actions: actions) { blocks, rows in
            let body: (Int) -> Void = { chunk in
                let first = chunk * blocksInChunk
                for index in first..<min(first + blocksInChunk, blocks.count) {
                    blocks[index].step(index, rows, rules)
                }
            }
            let chunks = (blocks.count + blocksInChunk - 1) / blocksInChunk
            if let team { team.forEach(in: 0..<chunks, body) } else { (0..<chunks).forEach(body) }
        }
    }

    /// Nothing, as in Gymnasium.
    public func info(at index: Int) -> [Value.Entry] { [] }

    /// Nothing, as in Gymnasium.
    public func finalInfo(at index: Int) -> [Value.Entry]? { nil }

    /// One line for the mode `ansi`, a picture for `rgb_array`; nil for all others.
    public func render(at index: Int, mode: String) -> RenderedFrame? {
        let (block, lane) = (blocks[index / CartPoleBlock.width], index % CartPoleBlock.width)
        var shown = problem
        shown.state = block.state(lane: lane)
        return shown.frame(step: Int(block.steps[lane]), mode: mode)
    }

    public func use(_ team: ThreadTeam) { self.team = team }

    public func close() {}

    /// The first cart whose episode is over and waits for a reset.
    private var firstOver: Int? {
        guard let block = blocks.firstIndex(where: { any($0.isOver) }) else { return nil }
        let lane = (0..<CartPoleBlock.width).first { blocks[block].isOver[$0] } ?? 0
        return block * CartPoleBlock.width + lane
    }

    /// Each block and row is touched by one thread only.
    private func withRows(
        of buffers: RowBuffers, actions: UnsafeRawBufferPointer?,
        _ body: (UnsafeMutableBufferPointer<CartPoleBlock>, CartPoleBlock.Rows) -> Void
    ) {
        blocks.withUnsafeMutableBufferPointer { blocks in
            generators.withUnsafeMutableBufferPointer { generators in
                body(blocks, CartPoleBlock.Rows(buffers: buffers, actions: actions, generators: generators))
            }
        }
    }
}
