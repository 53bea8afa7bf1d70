import ClassicControl
public import Episodes
public import FarmEnvironments
public import Gymnasium

/// What can be made in this program, for all that make environments in it.
///
///     let registry = EnvironmentCatalogue.registry()
///     let poles = try await registry.makeVector(
///         "faasfarm/CartPole-v1", EnvironmentRegistry.Arguments(entries: []), count: 16, autoresetMode: .sameStep)
public enum EnvironmentCatalogue {
    /// Farms and classic control; with a recording, its episodes too.
    ///
    /// - Parameters:
    ///   - live: where live farms come from, which farms then are unless somebody asks for simulated ones. nil: all farms are
    ///     simulated.
    ///   - recording: whose episodes can be replayed.
    public static func registry(live: Backend? = nil, recording: EpisodeStore? = nil) -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        let backends = [live, .simulator].compactMap(\.self)
        FarmEnvironmentRegistration.register(
            in: &registry, backends: Dictionary(uniqueKeysWithValues: backends.map { ($0.name, $0) }),
            defaultBackend: backends[0].name)
        ClassicControlRegistration.register(in: &registry)
        if let recording { ReplayEnvironment.register(in: &registry, store: recording) }
        return registry
    }
}

/// A scenario, a place or an episode that cannot be had, and what to do.
public struct CatalogueError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
