public import Farm

// What an agent's metrics must tell: without it what it sees is nothing that it has learnt from.

extension ObservationScheme {
    public var needs: MetricAbsences {
        switch self {
        case .paper: [.arrivals, .queue, .completions, .response, .deadlines]
        // Times of work begin with the scenario's.
        case .relative: [.arrivals, .queue, .oldestAge, .running, .utilisation, .deadlines]
        case .full, .list: ((try? features) ?? []).reduce(into: []) { $0.formUnion($1.source.need) }
        }
    }
}

extension ActionScheme {
    public var needs: MetricAbsences { self == .need ? [.arrivals, .queue, .oldestAge] : [] }
}
