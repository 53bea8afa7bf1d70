public import Farm
public import Steering

/// A function's load as its ingress has it: exact, and nothing that a ``Sighting`` may tell is missing.
public struct IngressSource: LoadSource {
    private let line: FunctionLine

    init(_ line: FunctionLine) { self.line = line }

    public var name: String { "ingress" }

    public var absences: MetricAbsences { [.utilisation, .calls] }

    public func read() async throws(SteeringFailure) -> Sighting { line.tell() }
}
