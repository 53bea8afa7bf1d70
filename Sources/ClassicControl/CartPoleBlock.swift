import Gymnasium
import Randomness

/// Carts with poles side by side, as many as step in one go.
struct CartPoleBlock {
    typealias Numbers = SIMD4<Double>
    typealias Flags = SIMDMask<Numbers.MaskStorage>

    /// Carts of a block. In a vector's last one, lanes beyond the vector's count are reckoned with, and not written.
    static let width = Numbers.scalarCount

    private var state = CartPoleState<Numbers>()
    /// Of the episodes so far; whole numbers.
    private(set) var steps = Numbers()
    /// Whose episode is over and waits for a reset.
    private(set) var isOver = Flags(repeating: false)

    /// What holds for all carts of a vector.
    struct Rules {
        let rewardGoing: Double
        let rewardFallen: Double
        let maxEpisodeSteps: Double
        let autoresetMode: AutoresetMode
    }

    /// A vector's rows, from which blocks take and to which they write.
    struct Rows {
        let count: Int
        let actions: UnsafeRawBufferPointer?
        let generators: UnsafeMutableBufferPointer<PCG64>
        let observations: UnsafeMutableBufferPointer<SIMD4<Float>>
        let rewards: UnsafeMutableBufferPointer<Double>
        let terminations: UnsafeMutableBufferPointer<Bool>
        let truncations: UnsafeMutableBufferPointer<Bool>
        let finalObservations: UnsafeMutableBufferPointer<SIMD4<Float>>
        let finalMask: UnsafeMutableBufferPointer<Bool>

        init(buffers: RowBuffers, actions: UnsafeRawBufferPointer?, generators: UnsafeMutableBufferPointer<PCG64>) {
            count = buffers.count
            self.actions = actions
            self.generators = generators
            // An observation is four float32 numbers, and the buffers are aligned to as many.
            observations = buffers.observations.assumingMemoryBound(to: SIMD4<Float>.self)
            finalObservations = buffers.finalObservations.assumingMemoryBound(to: SIMD4<Float>.self)
            rewards = buffers.rewards
            terminations = buffers.terminations
            truncations = buffers.truncations
            finalMask = buffers.finalMask
        }

        /// Carts of a block.
        @inline(__always)
        func lanes(ofBlock block: Int) -> Int { min(CartPoleBlock.width, count - block * CartPoleBlock.width) }

        @inline(__always)
        func force(_ row: Int) -> Double {
            let action = actions?.loadUnaligned(fromByteOffset: row * MemoryLayout<Int64>.size, as: Int64.self)
            return action == 1 ? CartPole.force : -CartPole.force
        }
    }

    /// The state of one cart.
    func state(lane: Int) -> CartPoleState<Double> {
        CartPoleState(
            position: state.position[lane], velocity: state.velocity[lane], angle: state.angle[lane],
            angularVelocity: state.angularVelocity[lane])
    }

    /// Begins an episode of one cart.
    mutating func reset(lane: Int, _ block: Int, _ rows: Rows) {
        let row = block * CartPoleBlock.width + lane
        begin(lane, using: &rows.generators[row])
        isOver[lane] = false
        rows.observations[row] = observation(lane)
        rows.rewards[row] = 0
        rows.terminations[row] = false
        rows.truncations[row] = false
    }

    /// Forgets the last observations of episodes.
    mutating func clearFinal(_ block: Int, _ rows: Rows) {
        let first = block * CartPoleBlock.width
        for row in first..<first + rows.lanes(ofBlock: block) where rows.finalMask[row] {
            rows.finalMask[row] = false
            rows.finalObservations[row] = SIMD4()
        }
    }

    /// Steps the carts.
    @inline(__always)
    mutating func step(_ block: Int, _ rows: Rows, _ rules: Rules) {
        let first = block * CartPoleBlock.width
        let lanes = rows.lanes(ofBlock: block)
        if rules.autoresetMode == .sameStep { clearFinal(block, rows) }
        let force =
            lanes == 4
            ? Numbers(rows.force(first), rows.force(first + 1), rows.force(first + 2), rows.force(first + 3))
            : someForces(first, lanes, rows)
        state.advance(force: force)
        steps += 1
        let terminated =
            state.position .< -CartPole.farthest .| state.position .> CartPole.farthest
            .| state.angle .< -CartPole.steepest .| state.angle .> CartPole.steepest
        let truncated = steps .>= rules.maxEpisodeSteps
        for lane in 0..<lanes {
            let row = first + lane
            rows.observations[row] = observation(lane)
            rows.rewards[row] = rules.rewardGoing
            rows.terminations[row] = false
            rows.truncations[row] = false
        }
        if any(terminated .| truncated .| isOver) { end(terminated, truncated, block, rows, rules) }
    }

    /// What is to be done beyond a step where an episode ends, or has ended.
    @inline(never)
    private mutating func end(_ terminated: Flags, _ truncated: Flags, _ block: Int, _ rows: Rows, _ rules: Rules) {
        let lanes = rows.lanes(ofBlock: block)
        for lane in 0..<lanes {
            let row = block * CartPoleBlock.width + lane
            if isOver[lane] {
                // Of the mode nextStep. The step that was made as well is forgotten.
                reset(lane: lane, block, rows)
            } else if terminated[lane] || truncated[lane] {
                rows.rewards[row] = terminated[lane] ? rules.rewardFallen : rules.rewardGoing
                rows.terminations[row] = terminated[lane]
                rows.truncations[row] = truncated[lane]
                guard rules.autoresetMode == .sameStep else {
                    isOver[lane] = true
                    continue
                }
                rows.finalObservations[row] = rows.observations[row]
                rows.finalMask[row] = true
                begin(lane, using: &rows.generators[row])
                rows.observations[row] = observation(lane)
            }
        }
        for lane in lanes..<CartPoleBlock.width { put(CartPoleState(), lane) }
    }

    private func someForces(_ first: Int, _ lanes: Int, _ rows: Rows) -> Numbers {
        var force = Numbers()
        for lane in 0..<lanes { force[lane] = rows.force(first + lane) }
        return force
    }

    private mutating func begin(_ lane: Int, using generator: inout PCG64) {
        put(.drawn(within: CartPole.startBounds, using: &generator), lane)
    }

    private mutating func put(_ one: CartPoleState<Double>, _ lane: Int) {
        state.position[lane] = one.position
        state.velocity[lane] = one.velocity
        state.angle[lane] = one.angle
        state.angularVelocity[lane] = one.angularVelocity
        steps[lane] = 0
    }

    @inline(__always)
    private func observation(_ lane: Int) -> SIMD4<Float> {
        SIMD4(
            Float(state.position[lane]), Float(state.velocity[lane]), Float(state.angle[lane]),
            Float(state.angularVelocity[lane]))
    }
}
