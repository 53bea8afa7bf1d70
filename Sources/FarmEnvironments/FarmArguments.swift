public import Farm
public import Gymnasium
import Randomness

/// The arguments of a farm environment, read and checked.
struct FarmArguments {
    /// Of a family, one of its scenarios.
    let scenario: Scenario
    /// Where each episode draws a scenario of its own.
    let family: ScenarioFamily?
    let backend: Backend
    let speed: Double
    let claim: FarmClaim
    let process: DecisionProcess
    /// nil: what suits a single environment or a vector.
    let infoDetail: InfoDetail?
    /// As given, defaults filled in, sorted.
    let entries: [Value.Entry]

    init(
        _ arguments: EnvironmentRegistry.Arguments, backends: [String: Backend], defaultBackend: String
    ) throws(EnvironmentError) {
        let backendName = try FarmArguments.text(arguments, "backend", default: defaultBackend)
        let scenarioName = try FarmArguments.text(
            arguments, "scenario", default: backends[backendName]?.scenario?.yaml ?? FarmArguments.defaultScenario)
        family = try FarmArguments.family(scenarioName)
        if let family {
            scenario = family.scenario(seed: Seed(0))
        } else {
            scenario = try Scenario(argument: scenarioName)
        }
        do { try scenario.checkThatItRuns() } catch { throw EnvironmentError(error) }
        guard let backend = backends[backendName] else {
            let hint = NearMatches.hint(for: backendName, among: backends.keys.sorted())
            throw FarmArguments.refused("backend", "there is no backend \"\(backendName)\"\(hint)")
        }
        self.backend = backend
        if let family { try FarmArguments.check(family, backend) }
        speed = try FarmArguments.speed(arguments["speed"])
        claim = FarmClaim(user: arguments.user, takesOver: try FarmArguments.takesOver(arguments["takeover"]))
        let observation = try ObservationScheme(arguments["observation"] ?? "full")
        let action = try ActionScheme(arguments["action"] ?? "delta")
        let reward = try RewardScheme(arguments["reward"] ?? "default")
        let history = try FarmArguments.history(arguments["history"])
        infoDetail = try FarmArguments.infoDetail(arguments["info"])
        process = try DecisionProcess(
            scenario: scenario, observation: observation, action: action, reward: reward, history: history,
            maxEpisodeSteps: arguments.maxEpisodeSteps)
        try FarmArguments.check(process, family, backend)
        entries = [
            Value.Entry("action", action.value),
            Value.Entry("backend", .text(backendName)),
            Value.Entry("history", .integer(Int64(history))),
            Value.Entry("info", .text(infoDetail?.rawValue ?? "auto")),
            Value.Entry("observation", observation.value),
            Value.Entry("reward", reward.value),
            Value.Entry("scenario", .text(family?.text ?? scenarioName)),
            Value.Entry("speed", .number(speed)),
        ]
    }

    static let defaultScenario = "demo"

    /// What an episode's recording has of its scenario.
    var scenarioText: String { family?.text ?? scenario.yaml }

    private static func family(_ text: String) throws(EnvironmentError) -> ScenarioFamily? {
        guard text.hasPrefix(ScenarioFamily.prefix) else { return nil }
        do { return try ScenarioFamily.named(text) } catch { throw refused("scenario", "\(error)") }
    }

    private static func check(_ family: ScenarioFamily, _ backend: Backend) throws(EnvironmentError) {
        guard case .simulated = backend.source else {
            throw refused(
                "scenario",
                "\(family.text) has another scenario in each episode, and the farms of the backend \(backend.name) are of "
                    + "one; simulate it with backend=simulator")
        }
    }

    /// Refuses what does not go together.
    private static func check(
        _ process: DecisionProcess, _ family: ScenarioFamily?, _ backend: Backend
    ) throws(EnvironmentError) {
        if let family, process.actionScheme == .target {
            throw refused(
                "action",
                "the actions of target depend on a scenario's bounds, and those of \(family.text) differ; take need, "
                    + "delta:k or paper")
        }
        guard process.rewardScheme.isPerRule, case .live = backend.source else { return }
        throw refused(
            "reward", "a reward per rule plays the episode's tasks more than once, which only backend=simulator can")
    }

    private static func text(
        _ arguments: EnvironmentRegistry.Arguments, _ name: String, default defaultText: String
    ) throws(EnvironmentError) -> String {
        guard let value = arguments[name] else { return defaultText }
        guard let text = value.string else { throw refused(name, "\(name) must be a text, got \(value.kindName)") }
        return text
    }

    /// Not among the entries: it is about this make, and not about the farm.
    private static func takesOver(_ value: Value?) throws(EnvironmentError) -> Bool {
        switch value {
        case nil: return false
        case .boolean(let flag)?: return flag
        case let value?: throw refused("takeover", "takeover must be true or false, got \(value.kindName)")
        }
    }

    private static func infoDetail(_ value: Value?) throws(EnvironmentError) -> InfoDetail? {
        guard let value, value != "auto" else { return nil }
        guard let detail = value.string.flatMap(InfoDetail.init(rawValue:)) else {
            throw refused("info", "info must be auto, full, ends or none, got \(value.string ?? value.kindName)")
        }
        return detail
    }

    private static func speed(_ value: Value?) throws(EnvironmentError) -> Double {
        guard let value else { return 1 }
        guard let speed = value.double, (0.001...10_000).contains(speed) else {
            let got = value.double.map { "\($0)" } ?? value.kindName
            throw refused("speed", "speed must be 0.001 to 10000 scenario seconds in a real second, got \(got)")
        }
        return speed
    }

    private static func history(_ value: Value?) throws(EnvironmentError) -> Int {
        guard let value else { return 1 }
        guard let history = value.int.flatMap(Int.init(exactly:)) else {
            throw refused("history", "history must be a whole number of windows, got \(value.kindName)")
        }
        return history
    }

    private static func refused(_ name: String, _ message: String) -> EnvironmentError {
        EnvironmentError(.badArgument(name: name), message)
    }
}

extension Scenario {
    /// What the argument `scenario` names: a preset by its name; what has a colon or a line break in it is a scenario's text.
    ///
    /// - Throws: `badArgument` for `scenario`.
    public init(argument text: String) throws(EnvironmentError) {
        guard !text.hasPrefix(ScenarioFamily.prefix) else {
            throw EnvironmentError(
                .badArgument(name: "scenario"),
                "\(text.prefix(60)) is a family of scenarios, to train on; expected one scenario")
        }
        let isText = text.contains { $0.isNewline || $0 == ":" }
        do {
            self = isText ? try Scenario(yaml: text, file: "the argument scenario") : try Scenario.preset(text)
        } catch {
            throw EnvironmentError(.badArgument(name: "scenario"), "\(error)")
        }
    }
}
