public import Foundation
public import Gymnasium
public import Randomness

/// Which episodes a list shows. What is nil does not filter.
public struct EpisodeFilter: Sendable, Hashable {
    public var environmentID: String?
    public var status: EpisodeStatus?
    /// The name of the scenario.
    public var scenario: String?
    public var origin: Provenance.Kind?
    public var seed: Seed?
    /// Begun then or later.
    public var since: Date?
    /// Begun before.
    public var before: Date?
    /// At most so many.
    public var limit: Int?

    public init(
        environmentID: String? = nil, status: EpisodeStatus? = nil, scenario: String? = nil,
        origin: Provenance.Kind? = nil,
        seed: Seed? = nil,
        since: Date? = nil, before: Date? = nil, limit: Int? = nil
    ) {
        self.environmentID = environmentID
        self.status = status
        self.scenario = scenario
        self.origin = origin
        self.seed = seed
        self.since = since
        self.before = before
        self.limit = limit
    }
}
