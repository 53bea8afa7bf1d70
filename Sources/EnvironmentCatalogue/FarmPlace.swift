public import Gymnasium

/// Where a server's farms are, and how fast. Never what an agent was trained on: that is another place.
public struct FarmPlace: Sendable, Hashable {
    /// `embedded`, `openfaas` or `simulator`; nil: the daemon's live one.
    public var backend: String?
    /// Scenario seconds in a real second, of a live farm; nil: 1.
    public var speed: Double?
    /// Whether a live farm is taken from another session of the same user that has left it idle.
    public var takeover: Bool

    public init(backend: String? = nil, speed: Double? = nil, takeover: Bool = false) {
        self.backend = backend
        self.speed = speed
        self.takeover = takeover
    }

    /// Refuses a place for farms that are simulated in this process.
    public func check(endpoint: String?) throws(CatalogueError) {
        guard endpoint == nil else { return }
        if takeover { throw CatalogueError("--takeover is of a server's live farm, which needs --endpoint") }
        if let backend, backend != Provenance.simulator {
            throw CatalogueError(
                "--backend \(backend) needs --endpoint, a daemon with such farms; without it farms are simulated here")
        }
        if speed != nil {
            throw CatalogueError(
                "--speed is of live farms, which need --endpoint; a simulated one goes as fast as it can")
        }
    }

    /// Refuses a speed of farms that turn out to be simulated.
    public func check(_ provenance: Provenance) throws(CatalogueError) {
        if let speed, !provenance.isLive {
            throw CatalogueError(
                "--speed \(speed) is of live farms, and this is \(provenance); leave it out, or name a live --backend")
        }
    }

    /// The environment's arguments; without those that are left out.
    public var arguments: [Value.Entry] {
        [
            backend.map { Value.Entry("backend", .text($0)) }, speed.map { Value.Entry("speed", .number($0)) },
            takeover ? Value.Entry("takeover", true) : nil,
        ].compactMap(\.self)
    }

    /// Arguments of an agent's training that say where its farms were.
    public static let names: Set<String> = ["backend", "speed"]
}
