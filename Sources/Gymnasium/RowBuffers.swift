/// What steps are written to: one row an environment, in contiguous memory that is allocated once.
///
/// Not to be shared between threads, but for different rows.
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
    /// `count` × the form's `actionMaskCount`.
    public let actionMasks: UnsafeMutableBufferPointer<Int8>

    /// The observation of a single environment, where it is not to be read from ``observations``: elements of dict, tuple and
    /// text spaces are no arrays.
    public var observation: Value?
    /// The action of a single environment whose action space has elements that are no arrays.
    public var action: Value?

    /// Room for the actions of a step, for who has none of their own.
    public let actions: UnsafeMutableRawBufferPointer
    private let actionForm: ArrayForm?

    /// Zeros, for rows.
    public init(for rows: some EnvironmentRows) {
        let form = rows.form
        count = form.count
        observationByteCount = form.observationSpace.arrayForm?.byteCount ?? 0
        actionForm = form.actionSpace.arrayForm
        actions = RowBuffers.zeros(count * (actionForm?.byteCount ?? 0))
        observations = RowBuffers.zeros(count * observationByteCount)
        rewards = RowBuffers.filled(count, with: 0)
        terminations = RowBuffers.filled(count, with: false)
        truncations = RowBuffers.filled(count, with: false)
        finalObservations = RowBuffers.zeros(count * observationByteCount)
        finalMask = RowBuffers.filled(count, with: false)
        actionMasks = RowBuffers.filled(count * form.actionMaskCount, with: 1)
    }

    deinit {
        actions.deallocate()
        observations.deallocate()
        rewards.deallocate()
        terminations.deallocate()
        truncations.deallocate()
        finalObservations.deallocate()
        finalMask.deallocate()
        actionMasks.deallocate()
    }

    /// Puts an element of the action space of a single environment, or of the batch of a vector's, where a step finds it.
    ///
    /// - Returns: what to give to the step; it is good until the next action is put.
    /// - Throws: ``EnvironmentError`` `actionType` or `actionShape`: the element is of another space.
    public func put(action element: Value) throws(EnvironmentError) -> UnsafeRawBufferPointer {
        guard let actionForm else {
            action = element
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        switch element {
        case .integer(let integer) where actions.count == 8:
            actions.storeBytes(of: integer.littleEndian, as: Int64.self)
        case .array(let array):
            // A MultiBinary space's elements are int64 as values, and int8 as arrays.
            let converted =
                array.dtype == actionForm.dtype
                ? array : NDArray(dtype: actionForm.dtype, shape: array.shape, values: array.doubles)
            guard let converted, converted.bytes.count == actions.count else {
                throw EnvironmentError(
                    .actionShape, "expected actions of \(actions.count) bytes, got \(array.bytes.count)")
            }
            actions.copyBytes(from: converted.bytes)
        default: throw EnvironmentError(.actionType, "an action is an array here, got \(element.kindName)")
        }
        return UnsafeRawBufferPointer(actions)
    }

    /// The observation of a row.
    public func observation(at index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: observations[index * observationByteCount..<(index + 1) * observationByteCount])
    }

    /// The last observation of the episode of a row that the step ended.
    public func finalObservation(at index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            rebasing: finalObservations[index * observationByteCount..<(index + 1) * observationByteCount])
    }

    /// The action mask of a row.
    public func actionMask(at index: Int) -> UnsafeMutableBufferPointer<Int8> {
        let width = count > 0 ? actionMasks.count / count : 0
        return UnsafeMutableBufferPointer(rebasing: actionMasks[index * width..<(index + 1) * width])
    }

    /// Writes what came of a row's step, but for its observation; without anything, that an episode of it has begun.
    public func put(reward: Double = 0, terminated: Bool = false, truncated: Bool = false, at index: Int) {
        rewards[index] = reward
        terminations[index] = terminated
        truncations[index] = truncated
    }

    /// Forgets the last observations of the episodes that an earlier step ended.
    ///
    /// - Parameter forget: is told each such row.
    public func clearFinals(_ forget: (Int) -> Void = { _ in }) {
        for index in 0..<count where finalMask[index] {
            finalMask[index] = false
            finalObservation(at: index).initializeMemory(as: UInt8.self, repeating: 0)
            forget(index)
        }
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
