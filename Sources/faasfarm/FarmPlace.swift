import ArgumentParser
import FarmEnvironments
import Gymnasium

/// Where a server's farms are, and how fast. Never what an agent was trained on: that is another place.
struct FarmPlace: ParsableArguments {
    @Option(
        help: """
            With --endpoint: whose farm it is; embedded (workers of the daemon's own gateway), openfaas (of the daemon's \
            --gateway), or simulator. Left out: the daemon's live one.
            """)
    var backend: String?

    @Option(
        help: """
            With --endpoint: scenario seconds in a real second, of a live farm. Calls and starts take real time that no \
            speed divides: 2 is safe on a real gateway. Left out: 1.
            """)
    var speed: Double?

    @Flag(
        help:
            "With --endpoint: take a live farm from another session of yours that has left it idle, as a dead agent's.")
    var takeover = false

    func validate() throws {
        if let speed, !(speed > 0 && speed.isFinite) {
            throw ValidationError(
                "--speed must be a positive number of scenario seconds in a real second, got \(speed)")
        }
    }

    /// Refuses a place for farms that are simulated in this process.
    func check(endpoint: String?) throws {
        guard endpoint == nil else { return }
        if takeover { throw ValidationError("--takeover is of a server's live farm, which needs --endpoint") }
        if let backend, backend != Provenance.simulator {
            throw ValidationError(
                "--backend \(backend) needs --endpoint, a daemon with such farms; without it farms are simulated here")
        }
        if speed != nil {
            throw ValidationError(
                "--speed is of live farms, which need --endpoint; a simulated one goes as fast as it can")
        }
    }

    /// Refuses a speed of farms that turn out to be simulated.
    func check(_ provenance: Provenance) throws {
        if let speed, !provenance.isLive {
            throw ValidationError(
                "--speed \(speed) is of live farms, and this is \(provenance); leave it out, or name a live --backend")
        }
    }

    /// The environment's arguments; without those that are left out.
    var arguments: [Value.Entry] {
        [
            backend.map { Value.Entry("backend", .text($0)) }, speed.map { Value.Entry("speed", .number($0)) },
            takeover ? Value.Entry("takeover", true) : nil,
        ].compactMap(\.self)
    }

    /// Arguments of an agent's training that say where its farms were.
    static let names: Set<String> = ["backend", "speed"]
}
