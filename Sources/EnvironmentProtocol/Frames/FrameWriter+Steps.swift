public import Gymnasium
public import Randomness

/// Requests and replies of steps, which are nearly all messages there are, without the schema's messages in between.
extension FrameWriter {
    /// The fields of a single environment's `Step.Reply`.
    ///
    /// - Parameter observation: the form of the observation; nil where it is ``RowBuffers/observation``.
    public mutating func stepReply(single buffers: RowBuffers, observation: ArrayForm?, info: [Value.Entry]) {
        field(12, maskIn: info)
        field(5, info: info)
        if buffers.truncations[0] { field(4, varint: 1) }
        if buffers.terminations[0] { field(3, varint: 1) }
        if buffers.rewards[0].bitPattern != 0 { field(2, double: buffers.rewards[0]) }
        field(1, single: buffers, observation)
    }

    /// The fields of a vector's `Step.Reply`.
    ///
    /// - Parameters:
    ///   - buffers: what the step has written.
    ///   - observation: the form of one observation.
    ///   - info: of the sub-environments; nil where nothing is said.
    ///   - finalInfo: likewise of episodes that the step ended, with their last observations; nil where there are none.
    public mutating func stepReply(
        rows buffers: RowBuffers, observation: ArrayForm, info: [InfoBatch]?, finalInfo: [InfoBatch]?
    ) {
        field(12, masksOf: buffers)
        if let finalInfo {
            // A Bool is one byte, 0 or 1, and so its own varint.
            field(11, bytes: UnsafeRawBufferPointer(buffers.finalMask))
            field(10, info: finalInfo)
            field(
                9, elements: UnsafeRawBufferPointer(buffers.finalObservations), dtype: observation.dtype,
                rows: buffers.count, shape: observation.shape)
        }
        field(8, bytes: UnsafeRawBufferPointer(buffers.truncations))
        field(7, bytes: UnsafeRawBufferPointer(buffers.terminations))
        field(6, bytes: UnsafeRawBufferPointer(buffers.rewards))
        if let info { field(5, info: info) }
        field(1, rows: buffers, observation)
    }

    /// The fields of a single environment's `Reset.Reply`.
    ///
    /// - Parameters:
    ///   - observation: the form of the observation; nil where it is ``RowBuffers/observation``.
    ///   - episode: the episode's id in a recording; nil without.
    public mutating func resetReply(
        single buffers: RowBuffers, observation: ArrayForm?, seed: Seed, episode: String?, info: [Value.Entry]
    ) {
        field(5, maskIn: info)
        if let episode { field(4, text: episode) }
        field(3, seed: seed)
        // Also where it is empty.
        field(2) { $0.entries(info) }
        field(1, single: buffers, observation)
    }

    /// The fields of a vector's `Reset.Reply`.
    ///
    /// - Parameters:
    ///   - seeds: in force, one for each sub-environment.
    ///   - info: of the sub-environments; nil where nothing is said.
    public mutating func resetReply(
        rows buffers: RowBuffers, observation: ArrayForm, seeds: [Seed], info: [InfoBatch]?
    ) {
        field(5, masksOf: buffers)
        for seed in seeds.reversed() { field(3, seed: seed) }
        if let info { field(2, info: info) }
        field(1, rows: buffers, observation)
    }

    private mutating func field(_ number: Int, single buffers: RowBuffers, _ form: ArrayForm?) {
        if let value = buffers.observation {
            field(number, value: value)
        } else if let form {
            field(number, elements: UnsafeRawBufferPointer(buffers.observations), dtype: form.dtype, shape: form.shape)
        }
    }

    private mutating func field(_ number: Int, rows buffers: RowBuffers, _ form: ArrayForm) {
        field(
            number, elements: UnsafeRawBufferPointer(buffers.observations), dtype: form.dtype, rows: buffers.count,
            shape: form.shape)
    }

    /// What has an effect next, where a single environment's info says it.
    private mutating func field(_ number: Int, maskIn info: [Value.Entry]) {
        if let mask = info.first(where: { $0.key == "action_mask" }) { field(number, value: mask.value) }
    }

    private mutating func field(_ number: Int, masksOf buffers: RowBuffers) {
        guard !buffers.actionMasks.isEmpty else { return }
        field(
            number, elements: UnsafeRawBufferPointer(buffers.actionMasks), dtype: .int8, rows: buffers.count,
            shape: [buffers.actionMasks.count / buffers.count])
    }

    private mutating func field(_ number: Int, seed: Seed) {
        field(number) { writer in
            let words = seed.words.map(\.littleEndian)
            if !words.isEmpty { words.withUnsafeBytes { writer.field(1, bytes: $0) } }
        }
    }

    /// A `Reply` to a step.
    ///
    /// - Parameters:
    ///   - session: the session's id, in UTF-8.
    ///   - serverTime: nanoseconds since the server's start.
    ///   - body: writes the fields of the `Step.Reply`.
    public mutating func stepReply<Result, Failure: Error>(
        to requestID: UInt64, session: UnsafeRawBufferPointer, serverTime: () -> UInt64,
        _ body: (inout FrameWriter) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        clear()
        let result = try field(24, body)
        field(3, varint: serverTime())
        field(2, bytes: session)
        field(1, varint: requestID)
        return result
    }

    /// A `Request` for a step.
    ///
    /// - Parameters:
    ///   - deadline: milliseconds that the reply is waited for; 0 where that is not told.
    ///   - body: writes the action's `Value` as field 1.
    public mutating func stepRequest(
        _ requestID: UInt64, session: String, deadline: UInt32, _ body: (inout FrameWriter) -> Void
    ) {
        clear()
        field(24, body)
        if deadline > 0 { field(3, varint: UInt64(deadline)) }
        field(2, text: session)
        field(1, varint: requestID)
    }
}
