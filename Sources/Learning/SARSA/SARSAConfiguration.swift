/// The hyper-parameters of ``SARSA``.
public struct SARSAConfiguration: LearnerConfiguration {
    public typealias Agent = SARSA

    /// What a repeated visit does to a feature's trace.
    public enum Trace: String, Sendable, Hashable, Codable {
        case accumulating
        case replacing
    }

    @Setting(.environments) public var environments = 1
    @Setting(.totalSteps) public var totalSteps = 400_000
    @Setting("what an observation's values are sums over: tiles, or the paper's bins")
    public var features = FeatureCoder.tiles(tilings: 8, perDimension: 8, low: nil, high: nil)
    @Setting("alpha, shared among the features of an observation: a number or a schedule", .within(0...100))
    public var stepSize = Schedule.constant(0.5)
    @Setting(.discount) public var discount = 1.0
    @Setting("of the eligibility traces", .within(0...1)) public var lambda = 0.9
    @Setting("accumulating or replacing, on a feature's repeated visit") public var trace = Trace.replacing
    @Setting("traces below this are forgotten", .above(0)) public var traceThreshold = 1e-4
    @Setting(.exploration) public var exploration = Schedule.constant(0)
    @Setting("whether the last of equally good actions is taken") public var prefersLast = false
    @Setting("whether a terminated episode is thought to go on, as in the paper's code")
    public var ignoresTermination = false
    @Setting(.seed) public var seed: UInt64 = 1

    public init() {}

    public static let algorithm = "sarsa"
    public static let summary = "SARSA(lambda) over tiles or a table"
    public static let actions = [ActionWriter.Form.discrete]

    public static let presets = [
        Preset<Self>("mountaincar", "Sutton and Barto's for the mountain car: 8 tilings of 8 x 8"),
        Preset("paper", "the paper's command line, and terminations that count") {
            runPaper(&$0)
            $0.stepSize = .constant(0.025)
            $0.lambda = 0.5
            $0.exploration = .perEpisode(from: 0.4, factor: 0.995, to: 0.1)
            $0.ignoresTermination = false
        },
        Preset("paper-as-run", "as the paper ran it: traces that add up, no terminations", runPaper),
    ]

    /// Its first run: unseen states scale up.
    private static func runPaper(_ settings: inout Self) {
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
    }

    public var rate: (name: String, schedule: Schedule) { ("stepSize", stepSize) }

    public func checkTogether() throws(LearningError) {
        guard discount * lambda < 1 || trace == .replacing else {
            throw LearningError(
                .configuration,
                "accumulating traces with discount · lambda = 1 grow without bound; use replacing ones, or a smaller lambda"
            )
        }
    }

    public func function(of checkpoint: Checkpoint) throws(LearningError) -> LearnedFunction {
        let origin = checkpoint.origin
        let count = PolicyHead(try ActionWriter(origin.actionSpace)).outputs
        let width = try ObservationReader(origin.observationSpace).width
        let features = try FittedFeatures(features, of: origin.observationSpace, width: width)
        let weights = try checkpoint.floats("weights", count: features.count * count)
        return LearnedFunction(prefersLast: prefersLast) { row in
            var active = Array(repeating: 0, count: features.activeCount)
            features.write(row, to: &active)
            return (0..<count).map { action in active.reduce(0) { $0 + weights[$1 * count + action] } }
        }
    }
}
