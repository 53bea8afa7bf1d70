import Foundation
import Gymnasium

/// How an episode's steps are laid out in blocks: bytes of an action, an observation and a mask.
struct BlockForm: Hashable {
    let action: ArrayForm
    let observation: ArrayForm
    let actionMaskCount: Int

    /// - Returns: nil for spaces whose elements are no arrays.
    init?(observationSpace: Space, actionSpace: Space, actionMaskCount: Int) {
        guard let observation = observationSpace.arrayForm, let action = actionSpace.arrayForm else { return nil }
        self.observation = observation
        self.action = action
        self.actionMaskCount = actionMaskCount
    }

    init?(_ vector: VectorStart) {
        self.init(
            observationSpace: vector.environment.observationSpace, actionSpace: vector.environment.actionSpace,
            actionMaskCount: vector.actionMaskCount)
    }

    /// An element of an observation space.
    func observation(_ bytes: some Sequence<UInt8>) -> Value { BlockForm.value(bytes, observation) }

    /// An element of an action space.
    func action(_ bytes: some Sequence<UInt8>) -> Value { BlockForm.value(bytes, action) }

    /// Integers are values of their own; all else is an array.
    private static func value(_ bytes: some Sequence<UInt8>, _ form: ArrayForm) -> Value {
        let bytes = Array(bytes)
        if form.dtype == .int64, form.shape.isEmpty, bytes.count == 8 {
            return .integer(bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) })
        }
        return .array(NDArray(dtype: form.dtype, shape: form.shape, bytes: bytes) ?? NDArray([Float]()))
    }
}

/// Steps of one episode, one after the other, as they stand in a row of blocks.
struct StepBlock {
    var firstStep: Int
    var count = 0
    var actions: [UInt8] = []
    var rewards: [Double] = []
    var flags: [UInt8] = []
    var observations: [UInt8] = []
    var actionMasks: [Int8] = []
    var infos: [[Value.Entry]] = []

    init(firstStep: Int) { self.firstStep = firstStep }

    static let terminated: UInt8 = 1
    static let truncated: UInt8 = 2

    /// Empty for the steps that follow the last one of this block.
    mutating func startNext() {
        firstStep += count
        count = 0
        actions.removeAll(keepingCapacity: true)
        rewards.removeAll(keepingCapacity: true)
        flags.removeAll(keepingCapacity: true)
        observations.removeAll(keepingCapacity: true)
        actionMasks.removeAll(keepingCapacity: true)
        infos.removeAll(keepingCapacity: true)
    }
}
