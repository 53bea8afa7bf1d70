public import Randomness

/// Scenarios of a kind, of which each episode has one of its own, drawn by the episode's seed: what an agent learns on that is to
/// carry over to loads that it has never met.
///
///     let scenario = try ScenarioFamily.named("general").scenario(seed: Seed(7))   // the same one each time
public struct ScenarioFamily: Sendable {
    public let name: String
    /// Grows with every change that alters what a seed brings.
    public let version: Int
    public let summary: String
    /// Steps of the longest episode.
    public let mostSteps: Int
    /// Tasks that an episode brings on average, at most.
    public let mostTasks: Double
    private let make: @Sendable (inout ParameterDraw) -> Scenario

    init(
        name: String, version: Int = 1, summary: String, mostSteps: Int, mostTasks: Double,
        make: @escaping @Sendable (inout ParameterDraw) -> Scenario
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.mostSteps = mostSteps
        self.mostTasks = mostTasks
        self.make = make
    }

    /// What a family's name has before it where a scenario is asked for: `family:general`.
    public static let prefix = "family:"

    /// Those that there are.
    public static let all = [general]

    /// As where a scenario is asked for, with its version, so that a file that has it means these scenarios for ever.
    public var text: String { "\(ScenarioFamily.prefix)\(name)@\(version)" }

    /// The scenario of an episode.
    ///
    /// It is drawn from a stream of its own: what tasks a seed brings in it is as that seed brings in any scenario.
    public func scenario(seed: Seed) -> Scenario {
        var draw = ParameterDraw(EpisodeStream.scenario.generator(seed))
        return make(&draw)
    }

    /// - Parameter text: a name, with or without its version, and with or without ``prefix``.
    /// - Throws: ``ScenarioError`` that names near ones, or lists the families.
    public static func named(_ text: String) throws(ScenarioError) -> ScenarioFamily {
        let name = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        guard let family = all.first(where: { $0.name == name || "\($0.name)@\($0.version)" == name }) else {
            throw ScenarioError(
                file: "scenario", line: 0,
                reason: "there is no family of scenarios \"\(name.prefix(60))\""
                    + NearMatches.hint(for: name, among: all.map(\.name)))
        }
        return family
    }

    /// The scenario of a recorded episode.
    ///
    /// - Parameters:
    ///   - text: a scenario's, or a family's as ``text`` has it.
    ///   - seed: of the episode.
    /// - Throws: ``ScenarioError``.
    public static func scenario(recorded text: String, seed: Seed, file: String) throws -> Scenario {
        text.hasPrefix(prefix) ? try named(text).scenario(seed: seed) : try Scenario(yaml: text, file: file)
    }
}

/// Draws the numbers of a scenario.
struct ParameterDraw {
    private var generator: PCG64
    private let sampling = Sampling()

    init(_ generator: PCG64) { self.generator = generator }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * generator.nextDouble() }

    /// Uniform in its logarithm; both bounds are above 0.
    mutating func logUniform(_ low: Double, _ high: Double) -> Double {
        low * Elementary.exp(Elementary.log(high / low) * generator.nextDouble())
    }

    mutating func happens(_ probability: Double) -> Bool { generator.nextDouble() < probability }

    /// One of `values`, of which there is one at least.
    mutating func pick<Element>(_ values: [Element]) -> Element {
        values[min(Int(generator.nextDouble() * Double(values.count)), values.count - 1)]
    }

    mutating func normal() -> Double { sampling.normal(using: &generator) }
    mutating func exponential() -> Double { sampling.exponential(using: &generator) }

    /// Gamma of mean 1 with that variance, which is above 0.
    mutating func gamma(variance: Double) -> Double {
        variance * sampling.gamma(shape: 1 / variance, using: &generator)
    }
}
