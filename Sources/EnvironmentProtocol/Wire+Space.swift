public import Gymnasium
public import Randomness
import SwiftProtobuf

extension WireSpace {
    public init(_ space: Space) {
        self.init()
        kind =
            switch space {
            case .box(let box):
                .box(
                    .with {
                        $0.dtype = WireDType(box.dtype)
                        $0.shape = box.shape.map(UInt32.init)
                        $0.low = box.low.sharedOrAll
                        $0.high = box.high.sharedOrAll
                    })
            case .discrete(let discrete):
                .discrete(
                    .with {
                        $0.n = discrete.n
                        $0.start = discrete.start
                        $0.dtype = .int64
                    })
            case .multiDiscrete(let space):
                .multiDiscrete(
                    .with {
                        $0.shape = space.shape.map(UInt32.init)
                        $0.nvec = space.nvec
                        $0.start = space.start
                        $0.dtype = .int64
                    })
            case .multiBinary(let shape): .multiBinary(.with { $0.shape = shape.map(UInt32.init) })
            case .text(let text):
                .text(
                    .with {
                        $0.minLength = UInt32(clamping: text.minLength)
                        $0.maxLength = UInt32(clamping: text.maxLength)
                        $0.charset = text.charset
                    })
            case .dict(let entries):
                .dict(
                    .with {
                        $0.entries = entries.map { entry in
                            .with {
                                $0.key = entry.key
                                $0.space = WireSpace(entry.space)
                            }
                        }
                    })
            case .tuple(let items): .tuple(.with { $0.items = items.map(WireSpace.init) })
            }
    }
}

extension [Double] {
    /// One bound for all when all are equal to the last bit, so that 0.0 stays 0.0 beside -0.0.
    fileprivate var sharedOrAll: [Double] {
        guard count > 1, let first, allSatisfy({ $0.bitPattern == first.bitPattern }) else { return self }
        return [first]
    }
}

extension WireSeed {
    /// As words.
    public init(_ seed: Seed) {
        self.init()
        words = seed.words
    }

    /// nil when this says `none`.
    ///
    /// - Throws: ``MalformedMessage`` when `decimal` is not a non-negative integer, or nothing is said.
    public func seed() throws(MalformedMessage) -> Seed? {
        if none { return nil }
        if !decimal.isEmpty {
            guard let seed = Seed(decimal: decimal) else {
                throw MalformedMessage(
                    description: "a seed must be a non-negative integer in decimal digits, got \"\(decimal)\"")
            }
            return seed
        }
        guard !words.isEmpty, words.count <= 128 else {
            throw MalformedMessage(
                description: "a seed needs decimal digits or 1 to 128 words, got \(words.count) words")
        }
        return Seed(words: words)
    }
}

extension WireEnvSpec {
    public init(_ spec: EnvironmentSpec) {
        self.init()
        id = spec.id
        if let threshold = spec.rewardThreshold { rewardThreshold = threshold }
        nondeterministic = spec.nondeterministic
        maxEpisodeSteps = UInt32(clamping: spec.maxEpisodeSteps)
        arguments = spec.arguments.map { argument in
            .with {
                $0.name = argument.name
                $0.defaultValue = WireValue(argument.defaultValue)
                $0.description_p = argument.description
            }
        }
        renderModes = spec.renderModes
        renderFps = spec.renderFPS
        description_p = spec.description
    }
}
