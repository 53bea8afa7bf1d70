import Farm
public import Gymnasium

/// Makes farm environments known to a registry.
public enum FarmEnvironmentRegistration {
    /// The id under which they are made.
    public static let id = "faasfarm/Farm-v0"

    /// Registers `faasfarm/Farm-v0` over the given backends.
    ///
    /// - Parameters:
    ///   - backends: by the name that the argument `backend` takes.
    ///   - defaultBackend: the one that is taken when the argument is left out.
    public static func register(
        in registry: inout EnvironmentRegistry, backends: [String: Backend], defaultBackend: String
    ) {
        let spec = spec(backends: backends, defaultBackend: defaultBackend)
        registry.register(spec) { arguments, layout in
            let read = try FarmArguments(arguments, backends: backends, defaultBackend: defaultBackend)
            let form = EnvironmentForm(
                spec: spec.of(read, arguments), observationSpace: read.process.observationSpace,
                actionSpace: read.process.actionSpace, layout: layout, arguments: read.entries,
                scenarioText: read.scenarioText, infoDetail: read.infoDetail ?? (layout.isVector ? .ends : .full),
                actionMaskCount: layout.isVector ? read.process.actionCount : 0)
            switch read.backend.source {
            case .live(let open):
                return FarmRows(
                    try await farms(read, form.count, open), process: read.process, form,
                    renderMode: arguments.renderMode)
            case .simulated(let simulate):
                let environments = (0..<form.count).map { _ in
                    SimulatedEnvironment(
                        farm: simulate(read.scenario), process: read.process, renderMode: arguments.renderMode,
                        family: read.family.map { (scenarios: $0, simulate: simulate) })
                }
                return SynchronousRows(environments, form)
            }
        }
    }

    private static func farms(
        _ arguments: FarmArguments, _ count: Int, _ open: Backend.Open
    ) async throws -> [any AsyncFarm] {
        do {
            return try await open(count, arguments.scenario, arguments.speed, arguments.claim)
        } catch let error as FarmError {
            throw EnvironmentError(error)
        }
    }

    private static func spec(backends: [String: Backend], defaultBackend: String) -> EnvironmentSpec {
        typealias Argument = EnvironmentSpec.Argument
        let presets = Scenario.presetNames.joined(separator: ", ")
        let families = ScenarioFamily.all.map { ScenarioFamily.prefix + $0.name }.joined(separator: ", ")
        let names = ObservationCatalogue.all.map(\.name).joined(separator: ", ")
        return EnvironmentSpec(
            id: id,
            description: """
                A task farm: tasks arrive, wait, and are worked on; the agent sets the number of workers. An episode ends \
                (terminated) when all tasks of a finite scenario have ended, and is cut short (truncated) at the scenario's \
                horizon.
                """,
            nondeterministic: backends.values.contains(where: \.isNondeterministic),
            arguments: [
                Argument(
                    "action", default: "delta:2",
                    """
                    paper: -1, 0 or +1 worker; delta:k: -k to +k workers; target: the number of workers itself; need: \
                    multiples of what is needed
                    """),
                Argument(
                    "backend", default: .text(defaultBackend),
                    "one of: \(backends.keys.sorted().joined(separator: ", "))"),
                Argument("history", default: 1, "windows in an observation, 1 to \(DecisionProcess.longestHistory)"),
                Argument(
                    "info", default: "auto",
                    "what infos a reply has: full, ends (with an episode's end), none; auto: full, and ends for vectors"
                ),
                Argument("observation", default: "full", "full, paper, relative, or a list of names of: \(names)"),
                Argument(
                    "reward", default: "default",
                    """
                    default, paper, or a dict of weights of: \(RewardWeights.names.joined(separator: ", ")); its per says what \
                    they are divided by: \(RewardWeights.Measure.allCases.map(\.rawValue).joined(separator: ", "))
                    """),
                Argument(
                    "scenario", default: .text(FarmArguments.defaultScenario),
                    "a preset (\(presets)), the text of a scenario file, or one in each episode of a family (\(families))"
                ),
                Argument("speed", default: 1.0, "scenario seconds in a real second, for farms that run in real time"),
                Argument(
                    "takeover", default: false,
                    "true takes a live farm from another session of the same user that has left it idle, as a dead agent's"
                ),
            ],
            renderModes: FarmView.modes, renderFPS: FarmView.framesPerSecond)
    }
}

extension EnvironmentSpec {
    /// What is known once the arguments are.
    fileprivate func of(_ read: FarmArguments, _ arguments: EnvironmentRegistry.Arguments) -> EnvironmentSpec {
        var spec = self
        spec.nondeterministic = read.backend.isNondeterministic
        spec.maxEpisodeSteps = min(read.family?.mostSteps ?? read.scenario.steps, arguments.maxEpisodeSteps ?? .max)
        spec.bytesPerEnvironment = FarmView.bytes(renderMode: arguments.renderMode) + read.bytes
        return spec
    }
}

extension FarmArguments {
    /// What a farm holds at most, about: its own parts, its observations' windows, and all of the scenario's tasks in its
    /// queue, as when no worker is ever asked for.
    fileprivate var bytes: Int {
        let parts = 64 << 10
        let task = 64.0
        let tasks = family?.mostTasks ?? scenario.referenceRate * scenario.horizon
        let windows = 2 * process.observationCount * MemoryLayout<Float>.stride
        return parts + windows + Int(min(tasks, 1e9) * task)
    }
}
