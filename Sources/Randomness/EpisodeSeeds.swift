/// The seeds of an environment's episodes: given ones, and between them those that follow from the last one given.
///
/// So `reset(seed: 3)`, `reset()`, `reset()` gives the same three episodes each time.
public struct EpisodeSeeds: Sendable {
    /// Of the episode under way; 0 before the first.
    public private(set) var current = Seed(0)
    private var following: PCG64?

    /// Apart from the streams of an episode.
    private static let stream: UInt32 = 0xFFFF_FFFF

    public init() {}

    /// The seed of the next episode.
    ///
    /// - Parameter seed: nil for one that follows from the last one given; where none was, one of the system's random numbers.
    public mutating func next(_ seed: Seed?) -> Seed {
        if let seed {
            begin(seed)
        } else if var generator = following {
            current = Seed(generator.next())
            following = generator
        } else {
            begin(.random())
        }
        return current
    }

    private mutating func begin(_ seed: Seed) {
        current = seed
        following = PCG64(seed: seed, stream: EpisodeSeeds.stream)
    }
}
