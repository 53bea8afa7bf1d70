public import EnvironmentClient
import EnvironmentProtocol
public import Gymnasium
public import ZeroMQ

/// The compliance suite: every rule of protocol/v1/specification.md that can be seen from outside, tried on a server.
///
/// The cases open sessions of their own and close them. They disturb nobody else's, but the server's load.
///
///     let validation = Validation(endpoint: "tcp://127.0.0.1:5555", environmentID: "faasfarm/CartPole-v1")
///     let report = try validation.run { result in print(result.text) }
///     print(report.summary)
public struct Validation: Sendable {
    /// tcp://HOST:PORT, ipc://PATH, or inproc://NAME.
    public var endpoint: String
    /// nil: the first that the server lists.
    public var environmentID: String?
    /// Of each environment that is made, sorted by key.
    public var arguments: [Value.Entry]
    /// The server's own for inproc:// endpoints; nil makes one.
    public var context: ZeroMQContext?
    /// For a server with keys; nil: it has none.
    public var keys: ClientKeys?
    /// The least time in which a reply must come, in seconds of real time.
    public var patienceSeconds = 5.0

    public init(
        endpoint: String, environmentID: String? = nil, arguments: [Value.Entry] = [], context: ZeroMQContext? = nil
    ) {
        self.endpoint = endpoint
        self.environmentID = environmentID
        self.arguments = arguments
        self.context = context
    }

    /// The names of all cases.
    public static var caseNames: [String] { ValidationCase.all.map(\.name) }

    /// Tries all cases, one after the other. The calling thread waits.
    ///
    /// - Parameters:
    ///   - isChosen: whether to try the case of a name.
    ///   - onResult: is told each result as it comes.
    /// - Throws: ``NothingToValidate`` when nothing can be tried at all.
    public func run(
        only isChosen: (String) -> Bool = { _ in true }, onResult: (ValidationResult) -> Void = { _ in }
    ) throws(NothingToValidate) -> ValidationReport {
        let subject = try Subject(self)
        var results: [ValidationResult] = []
        var isGone = false
        for validationCase in ValidationCase.all where isChosen(validationCase.name) {
            let begun = ContinuousClock.now
            let verdict = isGone ? .skip("the server does not answer any more") : subject.verdict(of: validationCase)
            let result = ValidationResult(
                name: validationCase.name, rule: validationCase.rule, verdict: verdict,
                seconds: (ContinuousClock.now - begun) / .seconds(1))
            results.append(result)
            onResult(result)
            if case .fail = verdict, !isGone { isGone = !subject.isAnswering() }
        }
        return ValidationReport(
            endpoint: endpoint, server: "\(subject.hello.serverName) \(subject.hello.serverVersion)",
            environmentID: subject.spec.id, results: results)
    }
}

/// Why nothing could be tried.
public struct NothingToValidate: Error, Sendable, CustomStringConvertible {
    /// What was got, what was expected, what to do.
    public let description: String
}
