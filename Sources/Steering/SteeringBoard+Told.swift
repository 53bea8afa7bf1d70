extension SteeringBoard.Entry {
    /// What the platform has been told last, by whomever; nil: it does not say.
    public var applied: Int? {
        switch outcome {
        case .applied(let seen): seen?.asked ?? decision.asked
        case .unchanged: decision.asked
        case .advised, .refused, nil: decision.workers?.asked
        }
    }

    /// Share of the calls decided in the last period that met their deadline; nil: none was, or the source does not tell.
    public var qos: Double? {
        guard let met = decision.sighting?.met, let missed = decision.sighting?.missed, met + missed > 0 else {
            return nil
        }
        return Double(met) / Double(met + missed)
    }
}
