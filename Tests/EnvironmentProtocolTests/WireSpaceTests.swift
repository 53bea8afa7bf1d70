import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf
import Testing

@testable import EnvironmentProtocol

@Suite("Spaces, seeds and specs on the wire")
struct WireSpaceTests {
    @Test("2,000 random spaces come back as they went, in both encodings", arguments: [MessageEncoding.binary, .json])
    func roundTrip(encoding: MessageEncoding) throws {
        let trees = Trees(seed: 6)
        for _ in 0..<2_000 {
            let space = trees.space()
            let frame = try MessageCodec.encode(WireSpace(space), encoding)
            let back = try MessageCodec.decode(WireSpace.self, from: frame, encoding).space()
            #expect(back.normal == space.normal)
        }
    }

    @Test("Bounds that are all equal are sent once")
    func sharedBounds() {
        let wire = WireSpace(.box(.init(shape: [3], low: [0, 0, 0], high: [1, 2, 3])))
        #expect(wire.box.low == [0])
        #expect(wire.box.high == [1, 2, 3])
    }

    @Test("Seeds of up to 384 bits come back, as words and as digits", arguments: 0..<50)
    func seeds(index: Int) throws {
        let trees = Trees(seed: UInt64(index))
        for readable in [true, false] {
            let seed = trees.seed()
            for encoding in [MessageEncoding.binary, .json] {
                let frame = try MessageCodec.encode(
                    readable ? .with { $0.decimal = seed.description } : WireSeed(seed), encoding)
                let back = try MessageCodec.decode(WireSeed.self, from: frame, encoding).seed()
                #expect(back == seed)
            }
        }
    }

    @Test("Decimal digits win over words, `none` over both")
    func seedPrecedence() throws {
        var wire = WireSeed.with {
            $0.words = [1]
            $0.decimal = "2"
        }
        #expect(try wire.seed() == Seed(2))
        wire.none = true
        #expect(try wire.seed() == nil)
    }

    @Test(
        "What is no seed is refused",
        arguments: ["-1", "1.5", " 1", "0x1", "NaN", String(repeating: "9", count: 1_001)])
    func noSeed(decimal: String) {
        #expect(throws: MalformedMessage.self) { try WireSeed.with { $0.decimal = decimal }.seed() }
    }

    @Test("A seed of no words, or of more than 128, is refused")
    func seedWords() throws {
        #expect(throws: MalformedMessage.self) { try WireSeed().seed() }
        let words = [UInt32](repeating: 7, count: 129)
        #expect(throws: MalformedMessage.self) { try WireSeed.with { $0.words = words }.seed() }
        #expect(try WireSeed.with { $0.words = Array(words.dropLast()) }.seed() == Seed(words: Array(words.dropLast())))
    }

    @Test("Specs keep all they say, in both encodings", arguments: [MessageEncoding.binary, .json])
    func specs(encoding: MessageEncoding) throws {
        let trees = Trees(seed: 7)
        for _ in 0..<200 {
            let spec = trees.spec()
            let wire = WireEnvSpec(spec)
            let frame = try MessageCodec.encode(WireListEnvs.Reply.with { $0.envs = [wire] }, encoding)
            let envs = try MessageCodec.decode(WireListEnvs.Reply.self, from: frame, encoding).envs
            let back = try #require(envs.first)
            #expect(back.id == spec.id)
            #expect(back.description_p == spec.description)
            #expect((back.hasRewardThreshold ? back.rewardThreshold : nil) == spec.rewardThreshold)
            #expect(back.nondeterministic == spec.nondeterministic)
            #expect(Int(back.maxEpisodeSteps) == spec.maxEpisodeSteps)
            #expect(back.renderModes == spec.renderModes)
            #expect(back.renderFps == spec.renderFPS)
            #expect(back.arguments.map(\.name) == spec.arguments.map(\.name))
            #expect(back.arguments.map(\.description_p) == spec.arguments.map(\.description))
            for (argument, expected) in zip(back.arguments, spec.arguments) {
                #expect(try argument.defaultValue.value().isIdentical(to: expected.defaultValue))
            }
        }
    }
}

extension Space {
    /// With one bound for all where all are equal, as the wire has it.
    fileprivate var normal: Space {
        func shared(_ bounds: [Double]) -> [Double] {
            Set(bounds).count == 1 ? Array(bounds.prefix(1)) : bounds
        }
        return switch self {
        case .box(let box):
            .box(Box(dtype: box.dtype, shape: box.shape, low: shared(box.low), high: shared(box.high)))
        case .dict(let entries): .dict(entries.map { Entry($0.key, $0.space.normal) })
        case .tuple(let items): .tuple(items.map(\.normal))
        default: self
        }
    }
}
