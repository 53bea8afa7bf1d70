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
        /// Who asks, as far as the server knows: the public key of a client with keys. nil: nobody in particular.
        public var user: String?

        public init(
            entries: [Value.Entry] = [], renderMode: String? = nil, maxEpisodeSteps: Int? = nil, user: String? = nil
        ) {
            self.user = user
            self.entries = entries
            self.renderMode = renderMode
            self.maxEpisodeSteps = maxEpisodeSteps
        }

        /// The value given for `name`, nil when none was.
        public subscript(name: String) -> Value? {
            entries.first { $0.key == name }?.value
        }
    }

    /// Makes the rows of a layout; refuses vectors (``EnvironmentError/noVectors(of:)``) where there are none.
    public typealias Factory = @Sendable (Arguments, RowLayout) async throws -> sending any EnvironmentRows

    private struct Entry {
        var spec: EnvironmentSpec
        var make: Factory
    }

    private var entries: [String: Entry] = [:]

    public init() {}

    /// In the order of their ids.
    public var specs: [EnvironmentSpec] {
        entries.values.map(\.spec).sorted { $0.id < $1.id }
    }

    public mutating func register(_ spec: EnvironmentSpec, make: @escaping Factory) {
        entries[spec.id] = Entry(spec: spec, make: make)
    }

    /// Makes an environment, or a vector of them.
    ///
    /// - Throws: ``EnvironmentError`` for an unknown id (naming near ones), an unknown argument or render mode, and
    ///   whatever the environment itself refuses.
    public func make(
        _ id: String, _ arguments: Arguments = Arguments(), _ layout: RowLayout = .single
    ) async throws -> sending any EnvironmentRows {
        try await entry(id, arguments).make(arguments, layout)
    }

    /// Makes a vector of environments for those who do not wait, as learners in this process.
    ///
    /// - Throws: as ``make(_:_:_:)``, and `unsupported` for environments whose steps take their time.
    public func makeVector(
        _ id: String, _ arguments: Arguments, count: Int, autoresetMode: AutoresetMode
    ) async throws -> sending any ImmediateRows {
        let rows = try await make(id, arguments, .vector(count: count, autoresetMode))
        guard let immediate = rows.immediate else {
            await rows.close()
            throw EnvironmentError(
                .unsupported, "\(id) runs in real time with these arguments; serve it, and step it over the wire")
        }
        return immediate
    }

    private func entry(_ id: String, _ arguments: Arguments) throws(EnvironmentError) -> Entry {
        guard let entry = entries[id] else {
            let known = specs.map(\.id).joined(separator: ", ")
            throw EnvironmentError(.unknownID, "no environment is called \"\(id)\"; there are: \(known)")
        }
        let spec = entry.spec
        for argument in arguments.entries where !spec.arguments.contains(where: { $0.name == argument.key }) {
            let known = spec.arguments.map(\.name).joined(separator: ", ")
            throw EnvironmentError(
                .badArgument(name: argument.key), "\(id) has no argument \"\(argument.key)\"; it has: \(known)")
        }
        if let mode = arguments.renderMode, !spec.renderModes.contains(mode) {
            throw EnvironmentError(
                .badArgument(name: "render_mode"),
                "\(id) has no render mode \"\(mode)\"; it has: \(spec.renderModes.joined(separator: ", "))")
        }
        return entry
    }
}

extension EnvironmentError {
    /// What an environment says of which there are no vectors.
    public static func noVectors(of id: String) -> EnvironmentError {
        EnvironmentError(
            .unsupported, "there are no vectors of \(id); leave num_envs out, and make a session for each environment")
    }
}
