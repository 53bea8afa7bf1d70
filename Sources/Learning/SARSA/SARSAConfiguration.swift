/// The hyper-parameters of ``SARSA``.
public struct SARSAConfiguration: Sendable, Hashable, Codable {
    /// What a repeated visit does to a feature's trace.
    public enum Trace: String, Sendable, Hashable, Codable {
        case accumulating
        case replacing
    }

    /// Sub-environments the settings are meant for; the vector decides.
    public var environments = 1
    /// Environment steps of a whole run, over which schedules run.
    public var totalSteps = 400_000
    public var features = FeatureCoder.tiles(tilings: 8, perDimension: 8, low: nil, high: nil)
    /// α, divided by the number of features an observation has.
    public var stepSize = Schedule.constant(0.5)
    /// γ, from 0 to 1.
    public var discount = 1.0
    /// λ, from 0 to 1.
    public var lambda = 0.9
    public var trace = Trace.replacing
    /// Traces below this are forgotten.
    public var traceThreshold = 1e-4
    /// The share of random actions.
    public var exploration = Schedule.constant(0)
    /// Whether the last of equally good actions is taken, and not the first.
    public var prefersLast = false
    /// Whether a terminated episode is thought to go on, as the paper's code does.
    public var ignoresTermination = false
    public var seed: UInt64 = 1

    public init() {}

    /// - Throws: what is out of its range.
    public func validate() throws(LearningError) {
        func check(_ holds: Bool, _ message: String) throws(LearningError) {
            if !holds { throw LearningError(.configuration, message) }
        }
        try check(totalSteps >= 1, "totalSteps is \(totalSteps); it must be 1 or more")
        try check(0...1 ~= discount, "discount is \(discount); it must be from 0 to 1")
        try check(0...1 ~= lambda, "lambda is \(lambda); it must be from 0 to 1")
        try SettingBounds.check(environments: environments)
        try SettingBounds.check("stepSize", stepSize, in: 0...100)
        try SettingBounds.check("exploration", exploration, in: 0...1)
        try check(traceThreshold > 0, "traceThreshold is \(traceThreshold); it must be above 0")
        try check(
            discount * lambda < 1 || trace == .replacing,
            "accumulating traces with discount · lambda = 1 grow without bound; use replacing ones, or a smaller lambda"
        )
    }
}

extension SARSAConfiguration {
    /// Sutton and Barto's for the mountain car (2nd edition, section 12.7), 8 tilings of 8 × 8.
    public static var mountainCar: SARSAConfiguration { SARSAConfiguration() }

    /// As the paper's authors ran it, first run: a table, accumulating traces, unseen states scaling up, episodes that never
    /// end for the values.
    public static var paperAsRun: SARSAConfiguration {
        var settings = SARSAConfiguration()
        settings.totalSteps = 7_400
        settings.features = .paperBins
        settings.stepSize = .constant(0.03)
        settings.discount = 0.985
        settings.lambda = 0.6
        settings.trace = .accumulating
        settings.traceThreshold = 1e-5
        settings.exploration = .perEpisode(from: 0.55, factor: 0.996, to: 0.22)
        settings.prefersLast = true
        settings.ignoresTermination = true
        return settings
    }

    /// The paper's, with the defaults of its command line and terminations that count.
    public static var paper: SARSAConfiguration {
        var settings = paperAsRun
        settings.stepSize = .constant(0.025)
        settings.lambda = 0.5
        settings.exploration = .perEpisode(from: 0.4, factor: 0.995, to: 0.1)
        settings.ignoresTermination = false
        return settings
    }

    /// The presets by name.
    public static let presets: [(name: String, settings: SARSAConfiguration)] = [
        ("mountaincar", .mountainCar), ("paper", .paper), ("paper-as-run", .paperAsRun),
    ]
}
