import ArgumentParser
import EnvironmentCatalogue

/// Where a server's farms are, and how fast.
struct FarmPlaceOptions: ParsableArguments {
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
        do { try place.check(endpoint: endpoint) } catch { throw ValidationError(error.description) }
    }

    var place: FarmPlace { FarmPlace(backend: backend, speed: speed, takeover: takeover) }
}
