public import Gymnasium
public import Randomness

/// Carts with poles that step together, several in one instruction. Each gives the same numbers as a ``CartPole`` of its own
/// does in ``SynchronousRows``, to the last bit.
public final class CartPoleVector: ImmediateRows {
    public let form: EnvironmentForm

    /// Blocks that a thread steps at once: enough to be worth waking it.
    var blocksInChunk = 512

    private var team: ThreadTeam?
    private let problem: CartPole
    private let rules: CartPoleBlock.Rules
    private var blocks: [CartPoleBlock]
    /// One for each sub-environment.
    private var generators: [PCG64]
    private var given: [Seed?]

    /// - Parameters:
    ///   - problem: tells the rewards.
    ///   - count: sub-environments, 1 or more.
    ///   - maxEpisodeSteps: the step at which an episode is truncated; 1 or more.
    ///   - team: nil steps on the caller's thread only.
    public init(
        _ problem: CartPole, count: Int, autoresetMode: AutoresetMode = .nextStep,
        maxEpisodeSteps: Int = CartPole.spec.maxEpisodeSteps, team: ThreadTeam? = .shared
    ) {
        form = EnvironmentForm(
            spec: CartPole.spec.limited(to: maxEpisodeSteps), observationSpace: CartPole.observationSpace,
            actionSpace: CartPole.actionSpace, layout: .vector(count: count, autoresetMode),
            arguments: problem.arguments, infoDetail: .none)
        self.problem = problem
        self.team = team
        rules = CartPoleBlock.Rules(
            rewardGoing: problem.reward(terminated: false), rewardFallen: problem.reward(terminated: true),
            maxEpisodeSteps: Double(maxEpisodeSteps), autoresetMode: autoresetMode)
        let width = CartPoleBlock.width
        blocks = Array(repeating: CartPoleBlock(), count: (count + width - 1) / width)
        generators = Array(repeating: PCG64(seed: Seed(0)), count: count)
        given = Array(repeating: nil, count: count)
    }

    public var seeds: [Seed] { given.map { $0 ?? Seed(0) } }

    /// Options are not looked at: a vector has none.
    public func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {
        for index in given.indices where mask?[index] ?? true {
            // Without a seed, an episode goes on with the random numbers of the last one.
            if seeds[index] != nil || given[index] == nil {
                let seed = seeds[index] ?? .random()
                generators[index] = PCG64(seed: seed)
                given[index] = seed
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
    }

    /// - Parameter actions: `count` int64 numbers, 0 or 1.
    public func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
        if rules.autoresetMode == .disabled, let index = firstOver { throw .overEpisode(of: form, row: index) }
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
    public func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? {
        let (block, lane) = (blocks[index / CartPoleBlock.width], index % CartPoleBlock.width)
        var shown = problem
        shown.state = block.state(lane: lane)
        return shown.frame(step: Int(block.steps[lane]), mode: mode)
    }

    public func use(_ team: ThreadTeam) { self.team = team }

    public func closeNow() {}

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
