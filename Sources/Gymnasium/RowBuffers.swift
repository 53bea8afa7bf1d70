/// What steps are written to: one row an environment, in contiguous memory that is allocated once.
///
/// Not to be shared between threads, but for the rows of different sub-environments.
public final class RowBuffers {
    /// Rows.
    public let count: Int
    /// Bytes of an observation.
    public let observationByteCount: Int
    /// `count` × ``observationByteCount`` bytes: little-endian elements of the observation space, row-major.
    public let observations: UnsafeMutableRawBufferPointer
    public let rewards: UnsafeMutableBufferPointer<Double>
    public let terminations: UnsafeMutableBufferPointer<Bool>
    public let truncations: UnsafeMutableBufferPointer<Bool>
    /// In the mode ``AutoresetMode/sameStep``: last observations of the episodes that the step ended, where ``finalMask`` says
    /// so; other rows are 0.
    public let finalObservations: UnsafeMutableRawBufferPointer
    public let finalMask: UnsafeMutableBufferPointer<Bool>
    /// `count` × the vector's `actionMaskCount`.
    public let actionMasks: UnsafeMutableBufferPointer<Int8>

    /// The observation of a single environment, where it is not to be read from ``observations``: elements of dict, tuple and
    /// text spaces are no arrays.
    public var observation: Value?
    /// The action of a single environment whose action space has elements that are no arrays.
    public var action: Value?

    /// Zeros, for rows.
    public convenience init(for rows: some EnvironmentRows) {
        let form = rows.form
        self.init(
            count: form.count, observation: form.observationSpace.arrayForm, actionMaskCount: form.actionMaskCount)
    }

    /// Zeros, for a vector.
    public convenience init(for vector: some VectorEnvironment) {
        self.init(
            count: vector.count, observation: vector.singleObservationSpace.arrayForm,
            actionMaskCount: vector.actionMaskCount)
    }

    private init(count: Int, observation: ArrayForm?, actionMaskCount: Int) {
        self.count = count
        observationByteCount = observation?.byteCount ?? 0
        observations = RowBuffers.zeros(count * observationByteCount)
        rewards = RowBuffers.filled(count, with: 0)
        terminations = RowBuffers.filled(count, with: false)
        truncations = RowBuffers.filled(count, with: false)
        finalObservations = RowBuffers.zeros(count * observationByteCount)
        finalMask = RowBuffers.filled(count, with: false)
        actionMasks = RowBuffers.filled(count * actionMaskCount, with: 1)
    }

    deinit {
        observations.deallocate()
        rewards.deallocate()
        terminations.deallocate()
        truncations.deallocate()
        finalObservations.deallocate()
        finalMask.deallocate()
        actionMasks.deallocate()
    }

    /// The observation of a sub-environment.
    public func observation(at index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: observations[index * observationByteCount..<(index + 1) * observationByteCount])
    }

    /// The last observation of the episode of a sub-environment that the step ended.
    public func finalObservation(at index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: finalObservations[index * observationByteCount..<(index + 1) * observationByteCount])
    }

    /// The action mask of a sub-environment.
    public func actionMask(at index: Int) -> UnsafeMutableBufferPointer<Int8> {
        let width = count > 0 ? actionMasks.count / count : 0
        return UnsafeMutableBufferPointer(rebasing: actionMasks[index * width..<(index + 1) * width])
    }

    private static func zeros(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        return buffer
    }

    private static func filled<Element>(_ count: Int, with element: Element) -> UnsafeMutableBufferPointer<Element> {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
        buffer.initialize(repeating: element)
        return buffer
    }
}
