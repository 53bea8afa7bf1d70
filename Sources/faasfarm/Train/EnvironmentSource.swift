import ClassicControl
import EnvironmentClient
import Farm
import FarmEnvironments
import Gymnasium

/// Where environments are made: by a server, or in this process.
struct EnvironmentSource {
    /// Of a server of the protocol; nil: this process, in which farms are simulated.
    let endpoint: String?
    /// Seconds after which a server's silence is an error, at least; slow steps get more, by what the server expects.
    var patience = 10.0
    /// Of a server with keys.
    var keys: ClientKeys?

    /// Makes a vector.
    ///
    /// - Throws: `EnvironmentError` or `ClientError`: an unknown id or argument, or a server that does not answer.
    func vector(
        _ id: String, _ arguments: [Value.Entry], count: Int, autoresetMode: AutoresetMode
    ) async throws -> any VectorEnvironment {
        let arguments = arguments.sorted { $0.key < $1.key }
        if let endpoint {
            var configuration = ClientConfiguration(endpoint, keys: keys)
            configuration.patienceSeconds = patience
            return try RemoteVector(
                configuration,
                make: RemoteMake(id, count: count, autoresetMode: autoresetMode, arguments: arguments))
        }
        var registry = EnvironmentRegistry()
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": Backend.simulator], defaultBackend: "simulator")
        ClassicControlRegistration.register(in: &registry)
        return try await registry.makeVector(
            id, EnvironmentRegistry.Arguments(entries: arguments), count: count, autoresetMode: autoresetMode)
    }

    /// The environment's arguments as they are given on the command line.
    ///
    /// - Parameters:
    ///   - scenario: a preset or a file, whose text becomes the argument.
    ///   - options: NAME=VALUE each; they win over `scenario` and `known`.
    ///   - place: where its farms are; wins over `known`, and loses against `options`.
    ///   - known: what is taken where nothing is given.
    static func arguments(
        scenario: String?, options: [String], place: FarmPlace, known: [Value.Entry] = []
    ) throws -> [Value.Entry] {
        var entries = known
        func put(_ entry: Value.Entry) {
            entries.removeAll { $0.key == entry.key }
            entries.append(entry)
        }
        if let scenario { put(Value.Entry("scenario", .text(try ScenarioArgument.read(scenario).yaml))) }
        place.arguments.forEach(put)
        try options.map(ArgumentOption.entry).forEach(put)
        return entries
    }
}
