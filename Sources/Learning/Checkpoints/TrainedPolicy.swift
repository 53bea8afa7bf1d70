import Gymnasium
public import Randomness

/// What an agent learnt, without an environment and without what learning needs: acts on observations.
///
///     let policy = try TrainedPolicy(Checkpoint(contentsOf: "cartpole.safetensors"))
///     let action = policy.greedyAction([0.01, 0.2, -0.03, 0.1])  // .discrete(1)
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

    /// The best action by what was learnt.
    ///
    /// - Parameters:
    ///   - observation: ``observationWidth`` floats.
    ///   - mask: one element an action, 0 where it may not be taken; nil where there is none.
    public func greedyAction(_ observation: [Float], mask: [Int8]? = nil) -> Action {
        decide(observation, mask) { row, mask, decision in
            head.choose(row, mask: mask, prefersLast: function.prefersLast, decision: decision)
        }
    }

    /// An action drawn from the policy; the best one where the algorithm learnt values of actions, not a policy.
    public func sampledAction(_ observation: [Float], mask: [Int8]? = nil, using generator: inout PCG64) -> Action {
        guard let deviations = function.deviations else { return greedyAction(observation, mask: mask) }
        return decide(observation, mask) { row, mask, decision in
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
        _ observation: [Float], _ mask: [Int8]?,
        _ choose: (UnsafePointer<Float>, UnsafePointer<Int8>?, UnsafeMutablePointer<Float>) -> Void
    ) -> Action {
        precondition(
            observation.count == reader.width, "\(observation.count) floats for an observation of \(reader.width)")
        let mask = mask?.count == head.outputs ? mask : nil
        let outputs = outputs(for: observation)
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

    /// Logits, means or action values.
    public func outputs(for observation: [Float]) -> [Float] { function.outputs(observation) }
}
