public import Gymnasium

/// Requests and replies of steps, which are nearly all messages there are, without the schema's messages in between.
extension FrameWriter {
    /// The fields of a single environment's `Step.Reply`.
    public mutating func reply(_ result: StepResult) {
        if let mask = result.info.first(where: { $0.key == "action_mask" }) { field(12, value: mask.value) }
        field(5, info: result.info)
        if result.truncated { field(4, varint: 1) }
        if result.terminated { field(3, varint: 1) }
        if result.reward.bitPattern != 0 { field(2, double: result.reward) }
        field(1, value: result.observation)
    }

    /// The fields of a vector's `Step.Reply`.
    ///
    /// - Parameters:
    ///   - buffers: what the step has written.
    ///   - observation: the form of one observation.
    ///   - info: of the sub-environments; nil where nothing is said.
    ///   - finalInfo: likewise of episodes that the step ended, with their last observations; nil where there are none.
    public mutating func reply(
        _ buffers: RowBuffers, observation: ArrayForm, info: [InfoBatch]?, finalInfo: [InfoBatch]?
    ) {
        let count = buffers.count
        if !buffers.actionMasks.isEmpty {
            field(
                12, elements: UnsafeRawBufferPointer(buffers.actionMasks), dtype: .int8, rows: count,
                shape: [buffers.actionMasks.count / count])
        }
        if let finalInfo {
            // A Bool is one byte, 0 or 1, and so its own varint.
            field(11, bytes: UnsafeRawBufferPointer(buffers.finalMask))
            field(10, info: finalInfo)
            field(
                9, elements: UnsafeRawBufferPointer(buffers.finalObservations), dtype: observation.dtype, rows: count,
                shape: observation.shape)
        }
        field(8, bytes: UnsafeRawBufferPointer(buffers.truncations))
        field(7, bytes: UnsafeRawBufferPointer(buffers.terminations))
        field(6, bytes: UnsafeRawBufferPointer(buffers.rewards))
        if let info { field(5, info: info) }
        field(
            1, elements: UnsafeRawBufferPointer(buffers.observations), dtype: observation.dtype, rows: count,
            shape: observation.shape)
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
