import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf
import TestSupport
import Testing

@testable import EnvironmentProtocol

@Suite("Replies to steps, written and read without the library")
struct StepReplyFrameTests {
    private let session = Array("s".utf8)

    /// What the library makes of a single environment's step.
    private func message(_ result: StepResult) -> WireStep.Reply {
        .with {
            $0.observation = WireValue(result.observation)
            $0.reward = result.reward
            $0.terminated = result.terminated
            $0.truncated = result.truncated
            if !result.info.isEmpty { $0.info = WireInfo(result.info) }
            if let mask = result.info.first(where: { $0.key == "action_mask" }) {
                $0.actionMask = WireValue(mask.value)
            }
        }
    }

    private func reply(_ step: WireStep.Reply) -> WireReply {
        .with {
            $0.requestID = 1
            $0.sessionID = "s"
            $0.serverTimeNs = 1 << 40
            $0.step = step
        }
    }

    private func result(_ seed: UInt64) -> StepResult {
        let trees = Trees(seed: seed)
        var random = SplitMix64(seed: seed)
        var info = trees.entries()
        if seed % 3 == 0 { info.append(Value.Entry("action_mask", .array(NDArray([1, 0, 1] as [Int8])))) }
        return StepResult(
            observation: seed % 2 == 0 ? .array(trees.array()) : trees.value(),
            reward: [0, -0.0, 1, -1.5, .infinity][Int(seed % 5)], terminated: Bool.random(using: &random),
            truncated: Bool.random(using: &random), info: seed % 7 == 0 ? [] : info)
    }

    @Test("Any observation and any info is written as the library writes it", arguments: 0..<400)
    func single(seed: UInt64) throws {
        let result = result(seed)
        let buffers = RowBuffers(for: Rows(.single))
        buffers.observation = result.observation
        buffers.rewards[0] = result.reward
        buffers.terminations[0] = result.terminated
        buffers.truncations[0] = result.truncated
        var writer = FrameWriter()
        session.withUnsafeBytes { session in
            writer.stepReply(to: 1, session: session, serverTime: { 1 << 40 }) {
                $0.stepReply(single: buffers, observation: nil, info: result.info)
            }
        }
        let expected = try reply(message(result)).serializedData() as Data
        #expect(Data(writer.bytes) == expected)
        expected.withUnsafeBytes { bytes in
            guard let frame = StepReplyFrame(bytes) else {
                // Then it is no array, or an empty one.
                if case .array(let array) = result.observation { #expect(array.bytes.isEmpty) }
                return
            }
            #expect(frame.requestID == 1)
            #expect(frame.isOf(session: session))
            #expect(!frame.isOf(session: Array("t".utf8)))
            #expect(WireValue.with { $0.array = frame.observation.message } == message(result).observation)
            #expect(frame.reward.bitPattern == result.reward.bitPattern)
            #expect(frame.terminated == result.terminated)
            #expect(frame.truncated == result.truncated)
            // By its bytes: there may be numbers in it that are equal to nothing.
            let info = try? message(result).info.serializedData() as Data
            #expect(Data(frame.info) == info)
            #expect(
                frame.actionMask?.message == (message(result).hasActionMask ? message(result).actionMask.array : nil))
        }
    }

    @Test("A vector's rows, infos and ends are written as the library writes them", arguments: [1, 3, 200])
    func vector(count: Int) throws {
        let vector = Rows(.vector(count: count, .sameStep))
        let buffers = RowBuffers(for: vector)
        for index in 0..<count {
            buffers.observation(at: index).storeBytes(of: Float(index) + 0.5, as: Float.self)
            buffers.rewards[index] = Double(index) - 1
            buffers.terminations[index] = index % 2 == 0
            buffers.truncations[index] = index % 3 == 0
            buffers.finalMask[index] = index % 2 == 0
            buffers.finalObservation(at: index).storeBytes(of: Float(-index), as: Float.self)
            buffers.actionMask(at: index)[1] = Int8(index % 2)
        }
        let infos = InfoBatch.batch(
            (0..<count).map { index in
                index % 4 == 1 ? nil : [Value.Entry("a", .number(Double(index))), Value.Entry("b", "text")]
            })
        for (info, finals) in [(nil, nil), (infos, nil), (nil, infos)] as [([InfoBatch]?, [InfoBatch]?)] {
            var writer = FrameWriter()
            session.withUnsafeBytes { session in
                writer.stepReply(to: 1, session: session, serverTime: { 1 << 40 }) {
                    $0.stepReply(
                        rows: buffers, observation: ArrayForm(dtype: .float32, shape: [2]), info: info,
                        finalInfo: finals)
                }
            }
            let message = reply(vector.message(buffers, info: info, finals: finals))
            let expected = try message.serializedData() as Data
            #expect(Data(writer.bytes) == expected)
            expected.withUnsafeBytes { bytes in
                guard let frame = StepReplyFrame(bytes) else {
                    #expect(finals != nil, "a reply without ends of episodes is read in place")
                    return
                }
                #expect(finals == nil)
                #expect(frame.observation.message == message.step.observation.array)
                #expect(frame.rewards.elementsEqual(UnsafeRawBufferPointer(buffers.rewards)))
                #expect(frame.terminations.elementsEqual(UnsafeRawBufferPointer(buffers.terminations)))
                #expect(frame.truncations.elementsEqual(UnsafeRawBufferPointer(buffers.truncations)))
                #expect(frame.actionMask?.message == message.step.actionMask.array)
            }
        }
    }

    @Test("Whatever bytes come, what is read of them is what the library reads", arguments: 0..<40)
    func mutated(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let whole = [UInt8](try reply(message(result(seed &* 2))).serializedData() as Data)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard let place = bytes.indices.randomElement(using: &random) else { break }
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                } else {
                    bytes.remove(at: place)
                }
            }
            let expected = try? MessageCodec.decode(WireReply.self, from: Data(bytes), .binary)
            bytes.withUnsafeBytes { bytes in
                // Texts that are no UTF-8, and infos, are looked at by the library only.
                guard let frame = StepReplyFrame(bytes), let expected else { return }
                #expect(frame.requestID == expected.requestID)
                #expect(frame.observation.message == expected.step.observation.array)
                #expect(frame.reward.bitPattern == expected.step.reward.bitPattern)
                #expect(frame.terminated == expected.step.terminated)
                #expect(frame.truncated == expected.step.truncated)
                #expect(frame.terminations.count == expected.step.terminations.count)
            }
        }
    }
}

/// Nothing but the form of rows.
private final class Rows: ImmediateRows {
    let form: EnvironmentForm
    let seeds: [Seed] = []

    init(_ layout: RowLayout) {
        form = EnvironmentForm(
            spec: EnvironmentSpec(id: "test/Rows-v0", description: "rows"),
            observationSpace: .box(Space.Box(dtype: .float32, shape: [2], low: [-.infinity], high: [.infinity])),
            actionSpace: .discrete(Space.Discrete(n: 2)), layout: layout, actionMaskCount: 2)
    }

    func message(_ buffers: RowBuffers, info: [InfoBatch]?, finals: [InfoBatch]?) -> WireStep.Reply {
        func rows(_ bytes: some Sequence<UInt8>, _ dtype: DType) -> WireValue {
            let array = NDArray(dtype: dtype, shape: [count, 2], bytes: Array(bytes))
            return WireValue(.array(array ?? NDArray([Float]())))
        }
        return .with {
            $0.observation = rows(buffers.observations, .float32)
            $0.rewards = Array(buffers.rewards)
            $0.terminations = Array(buffers.terminations)
            $0.truncations = Array(buffers.truncations)
            if let info { $0.info = WireInfo(batches: info) }
            if let finals {
                $0.finalObs = rows(buffers.finalObservations, .float32)
                $0.finalMask = Array(buffers.finalMask)
                $0.finalInfo = WireInfo(batches: finals)
            }
            $0.actionMask = rows(UnsafeRawBufferPointer(buffers.actionMasks), .int8)
        }
    }

    func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {}
    func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {}
    func info(at index: Int) -> [Value.Entry] { [] }
    func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? { nil }
    func closeNow() {}
}
