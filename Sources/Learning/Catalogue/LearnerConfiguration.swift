import Foundation
public import Gymnasium

/// The hyper-parameters of an algorithm, and with them all that a program needs to know of it: the ``LearnerCatalogue`` lists
/// these types.
///
/// A program that lets its user choose the algorithm has an `any LearnerConfiguration`:
///
///     var configuration = try LearnerCatalogue.standard.configuration("ppo", preset: "zoo-cartpole")
///     configuration = try configuration.setting("epochs", to: "8")
///     let learner = try configuration.learner(on: vector)
///     try learner.train(until: configuration.totalSteps) { progress in true }
///     try learner.checkpoint().save(to: "cartpole.safetensors")
///
/// Its stored properties are ``Setting``s. As JSON it is an object with a key a setting; those without a value are left out.
public protocol LearnerConfiguration: Sendable, Hashable, Codable {
    associatedtype Agent: Learner where Agent.Configuration == Self

    /// The algorithm's name in checkpoints and on the command line: `ppo`, `double-dqn`, `sarsa`.
    static var algorithm: String { get }
    /// Other names that people know it by.
    static var aliases: [String] { get }
    /// What it is, in a line for people.
    static var summary: String { get }
    /// The kinds of action spaces that it learns in.
    static var actions: [ActionWriter.Form] { get }
    static var presets: [Preset<Self>] { get }

    var environments: Int { get }
    var totalSteps: Int { get }
    var discount: Double { get }
    var seed: UInt64 { get }
    /// The setting that scales what is learnt in a step: where it is 0 throughout, a training changes nothing.
    var rate: (name: String, schedule: Schedule) { get }

    /// The algorithm's defaults.
    init()

    /// Checks what single settings' ranges do not say.
    func checkTogether() throws(LearningError)

    /// Refuses a stretch of training after which the agent would be what it was before.
    ///
    /// - Parameters:
    ///   - begun: environment steps done before.
    ///   - end: environment steps when the stretch is over.
    /// - Throws: what stands in the way, and what to do.
    func checkThatItLearns(from begun: Int, to end: Int) throws(LearningError)

    /// What an agent with these settings learnt.
    ///
    /// - Throws: a checkpoint whose arrays are not those of such an agent.
    func function(of checkpoint: Checkpoint) throws(LearningError) -> LearnedFunction
}

extension LearnerConfiguration {
    public static var aliases: [String] { [] }

    public var algorithm: String { Self.algorithm }

    public func checkTogether() throws(LearningError) {}

    /// - Throws: what is out of its range.
    public func validate() throws(LearningError) {
        for ((name, own), (_, known)) in zip(mirrored, Self().mirrored) {
            if let fault = known.fault(of: own) { throw LearningError(.configuration, name + fault) }
        }
        try checkTogether()
    }

    public func checkThatItLearns(from begun: Int, to end: Int) throws(LearningError) {
        try checkRate(from: begun, to: end)
    }

    /// That there are steps, and that the rate is above 0 in some of them.
    func checkRate(from begun: Int, to end: Int) throws(LearningError) {
        guard begun < end else {
            throw LearningError(
                .configuration,
                "\(begun) steps are done already, and the steps of a training count those, too: ask for more than \(begun)"
            )
        }
        let (name, rate) = rate
        let total = Double(totalSteps)
        guard rate.isZero(from: Double(begun) / total, to: Double(end) / total) else { return }
        throw LearningError(
            .configuration,
            rate.isZero(from: 0, to: 0)
                ? "\(name) is 0, so nothing would be learnt; give another one"
                : "\(name) is 0 from step \(begun) to step \(end), so nothing would be learnt: its schedule is over; "
                    + "ask for more steps, over which it is stretched")
    }

    /// An agent at its beginning.
    ///
    /// - Parameter vector: not to be used by anybody else from now on.
    /// - Throws: spaces that it cannot learn in, and settings out of their ranges.
    public func learner(on vector: any ImmediateRows) throws(LearningError) -> any Learner {
        try Agent(vector, self)
    }

    /// An agent that goes on where that of a checkpoint was.
    static func learner(on vector: any ImmediateRows, resuming checkpoint: Checkpoint) throws(LearningError)
        -> any Learner
    {
        try Agent(vector, resuming: checkpoint)
    }

    /// A preset's settings.
    ///
    /// - Parameter name: nil: the defaults.
    /// - Throws: an unknown name, with the known ones.
    public static func preset(_ name: String?) throws(LearningError) -> Self {
        guard let name else { return Self() }
        guard let preset = presets.first(where: { $0.name == name }) else {
            throw LearningError(
                .configuration,
                "\(algorithm) has no preset \"\(name)\"; it has \(presetNames.joined(separator: ", "))")
        }
        return preset.configuration
    }

    public static var presetNames: [String] { presets.map(\.name) }
}
