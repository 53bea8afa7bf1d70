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

    init?(_ form: EnvironmentForm) {
        self.init(
            observationSpace: form.observationSpace, actionSpace: form.actionSpace,
            actionMaskCount: form.actionMaskCount)
    }

    /// An element of an observation space.
    func observation(_ bytes: some Sequence<UInt8>) -> Value { observation.element(bytes) }

    /// An element of an action space.
    func action(_ bytes: some Sequence<UInt8>) -> Value { action.element(bytes) }
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
        self = StepBlock(firstStep: firstStep + count)
    }
}
