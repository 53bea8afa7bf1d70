import Gymnasium
public import Randomness

/// What an agent learnt, without an environment and without what learning needs: acts on observations.
///
///     let policy = try TrainedPolicy(Checkpoint(contentsOf: "cartpole.safetensors"))
///     let action = policy.greedyAction([0.01, 0.2, -0.03, 0.1])  // .discrete(1)
///
/// A recurrent one goes by the episode so far, which whoever plays it keeps:
///
///     var memory = policy.emptyMemory  // at each episode's beginning
///     let action = policy.greedyAction(observation, memory: &memory)  // at each of its steps
public struct TrainedPolicy: Sendable {
    /// Where it was trained, and how.
    public let origin: Checkpoint.Origin
    /// Floats of an observation's row.
    public var observationWidth: Int { reader.width }

    /// An element of the action space.
    public enum Action: Sendable, Hashable {
        case discrete(Int64)
        /// One for each of several choices.
        case several([Int64])
        /// Within the space's bounds.
        case continuous([Double])
    }

    /// What a policy knows of an episode so far. One that remembers nothing has nothing here.
    public struct Memory: Sendable, Hashable {
        fileprivate var state: [Float]
    }

    /// That of an episode's beginning.
    public var emptyMemory: Memory { Memory(state: Array(repeating: 0, count: function.memoryWidth)) }
    /// Whether actions depend on earlier observations of the episode.
    public var isRecurrent: Bool { function.memoryWidth > 0 }

    private let reader: ObservationReader
    private let writer: ActionWriter
    private let head: PolicyHead
    private let function: LearnedFunction
    private let sampling = Sampling()

    /// - Throws: a checkpoint that is damaged, or of an algorithm that the catalogue has not.
    public init(_ checkpoint: Checkpoint, in catalogue: LearnerCatalogue = .standard) throws(LearningError) {
        origin = checkpoint.origin
        reader = try ObservationReader(origin.observationSpace)
        writer = try ActionWriter(origin.actionSpace)
        head = PolicyHead(writer)
        let configuration = try checkpoint.configuration(in: catalogue)
        try configuration.validate()
        function = try configuration.function(of: checkpoint)
    }

    /// The best action by what was learnt, for the first observation of an episode; for any where nothing is remembered.
    public func greedyAction(_ observation: [Float], mask: [Int8]? = nil) -> Action {
        var memory = emptyMemory
        return greedyAction(observation, mask: mask, memory: &memory)
    }

    /// The best action by what was learnt.
    ///
    /// - Parameters:
    ///   - observation: ``observationWidth`` floats.
    ///   - mask: one element an action, 0 where it may not be taken; nil where there is none.
    ///   - memory: of this policy and this episode, until before the observation; has the observation in it afterwards.
    public func greedyAction(_ observation: [Float], mask: [Int8]? = nil, memory: inout Memory) -> Action {
        decide(observation, mask, &memory) { row, mask, decision in
            head.choose(row, mask: mask, prefersLast: function.prefersLast, decision: decision)
        }
    }

    /// An action drawn from the policy, for the first observation of an episode; for any where nothing is remembered.
    public func sampledAction(_ observation: [Float], mask: [Int8]? = nil, using generator: inout PCG64) -> Action {
        var memory = emptyMemory
        return sampledAction(observation, mask: mask, memory: &memory, using: &generator)
    }

    /// An action drawn from the policy; the best one where the algorithm learnt values of actions, not a policy.
    ///
    /// - Parameter memory: as in ``greedyAction(_:mask:memory:)``.
    public func sampledAction(
        _ observation: [Float], mask: [Int8]? = nil, memory: inout Memory, using generator: inout PCG64
    ) -> Action {
        guard let deviations = function.deviations else {
            return greedyAction(observation, mask: mask, memory: &memory)
        }
        return decide(observation, mask, &memory) { row, mask, decision in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: head.outputs) { logs in
                deviations.withUnsafeBufferPointer { deviations in
                    guard let logs = logs.baseAddress else { return }
                    // A categorical head reads no deviations; the row stands in for the pointer.
                    _ = head.sample(
                        row, deviations: deviations.baseAddress ?? row, mask: mask, logs: logs, decision: decision,
                        sampling: sampling, using: &generator)
                }
            }
        }
    }

    /// The floats of an observation as an array of the observation space.
    public func row(of observation: UnsafeRawBufferPointer) -> [Float] {
        [Float](unsafeUninitializedCapacity: reader.width) { row, count in
            if let base = row.baseAddress {
                base.initialize(repeating: 0, count: reader.width)
                reader.read(observation, into: base)
            }
            count = reader.width
        }
    }

    /// Writes an action as an array of the action space.
    public func write(_ action: Action, into bytes: UnsafeMutableRawBufferPointer) {
        guard bytes.count >= writer.byteCount, let base = bytes.baseAddress else { return }
        switch (action, writer.kind) {
        case (.discrete(let value), .choices(_, let starts)) where starts.count == 1:
            writer.write([Float(value - starts[0])], into: base)
        case (.several(let values), .choices(_, let starts)) where values.count == starts.count:
            writer.write(zip(values, starts).map { Float($0 - $1) }, into: base)
        case (.continuous(let values), .continuous): writer.write(values.map(Float.init), into: base)
        default: break
        }
    }

    private func decide(
        _ observation: [Float], _ mask: [Int8]?, _ memory: inout Memory,
        _ choose: (UnsafePointer<Float>, UnsafePointer<Int8>?, UnsafeMutablePointer<Float>) -> Void
    ) -> Action {
        precondition(
            observation.count == reader.width, "\(observation.count) floats for an observation of \(reader.width)")
        let mask = mask?.count == head.outputs ? mask : nil
        let outputs = outputs(for: observation, memory: &memory)
        var decision = [Float](repeating: 0, count: head.decisionWidth)
        outputs.withUnsafeBufferPointer { outputs in
            decision.withUnsafeMutableBufferPointer { decision in
                guard let row = outputs.baseAddress, let decision = decision.baseAddress else { return }
                if let mask {
                    mask.withUnsafeBufferPointer { choose(row, $0.baseAddress, decision) }
                } else {
                    choose(row, nil, decision)
                }
            }
        }
        switch writer.kind {
        case .choices(_, let starts):
            let values = starts.indices.map { starts[$0] + Int64(decision[$0]) }
            return writer.form == .discrete ? .discrete(values[0]) : .several(values)
        case .continuous(let low, let high, _):
            return .continuous(decision.indices.map { min(max(Double(decision[$0]), low[$0]), high[$0]) })
        }
    }

    /// Logits, means or action values, for the first observation of an episode; for any where nothing is remembered.
    public func outputs(for observation: [Float]) -> [Float] {
        var memory = emptyMemory
        return outputs(for: observation, memory: &memory)
    }

    /// Logits, means or action values.
    ///
    /// - Parameter memory: as in ``greedyAction(_:mask:memory:)``; that of another policy counts as empty.
    public func outputs(for observation: [Float], memory: inout Memory) -> [Float] {
        if memory.state.count != function.memoryWidth { memory = emptyMemory }
        return function.outputs(observation, &memory.state)
    }
}
