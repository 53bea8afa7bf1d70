/// The environments that can be made here, by id (`gymnasium.envs.registration`).
public struct EnvironmentRegistry: Sendable {
    /// What `make` is told.
    public struct Arguments: Sendable {
        /// Sorted by key; no key the spec does not know.
        public var entries: [Value.Entry]
        /// One of the spec's render modes, or nil.
        public var renderMode: String?
        /// Shortens the environment's own time limit; nil leaves it.
        public var maxEpisodeSteps: Int?

        public init(entries: [Value.Entry] = [], renderMode: String? = nil, maxEpisodeSteps: Int? = nil) {
            self.entries = entries
            self.renderMode = renderMode
            self.maxEpisodeSteps = maxEpisodeSteps
        }

        /// The value given for `name`, nil when none was.
        public subscript(name: String) -> Value? {
            entries.first { $0.key == name }?.value
        }
    }

    public typealias Factory = @Sendable (Arguments) async throws -> sending any AsyncEnvironment

    private var factories: [String: (spec: EnvironmentSpec, make: Factory)] = [:]

    public init() {}

    /// In the order of their ids.
    public var specs: [EnvironmentSpec] {
        factories.values.map(\.spec).sorted { $0.id < $1.id }
    }

    public mutating func register(_ spec: EnvironmentSpec, make: @escaping Factory) {
        factories[spec.id] = (spec, make)
    }

    /// Makes an environment.
    ///
    /// - Throws: ``EnvironmentError`` for an unknown id (naming near ones), an unknown argument or render mode, and
    ///   whatever the environment itself refuses.
    public func make(_ id: String, _ arguments: Arguments) async throws -> sending any AsyncEnvironment {
        guard let (spec, make) = factories[id] else {
            let known = specs.map(\.id).joined(separator: ", ")
            throw EnvironmentError(.unknownID, "no environment is called \"\(id)\"; there are: \(known)")
        }
        for entry in arguments.entries where !spec.arguments.contains(where: { $0.name == entry.key }) {
            let known = spec.arguments.map(\.name).joined(separator: ", ")
            throw EnvironmentError(
                .badArgument(name: entry.key), "\(id) has no argument \"\(entry.key)\"; it has: \(known)")
        }
        if let mode = arguments.renderMode, !spec.renderModes.contains(mode) {
            throw EnvironmentError(
                .badArgument(name: "render_mode"),
                "\(id) has no render mode \"\(mode)\"; it has: \(spec.renderModes.joined(separator: ", "))")
        }
        return try await make(arguments)
    }
}
