import Farm

/// Rails on how far and how fast the number goes.
extension Rail {
    static let stepUp = Rail(
        name: "step-up", summary: "a period brings no more workers than largest_step_up"
    ) { proposal, context in
        guard let step = context.settings.largestStepUp else { return nil }
        let most = context.current.addingClamped(step)
        return proposal > most ? .init(count: most, reason: "\(step) workers more a period at most") : nil
    }

    static let stepDown = Rail(
        name: "step-down", summary: "a period takes no more workers than largest_step_down"
    ) { proposal, context in
        guard let step = context.settings.largestStepDown else { return nil }
        let least = context.current.addingClamped(-step)
        return proposal < least ? .init(count: least, reason: "\(step) workers fewer a period at most") : nil
    }

    static let holdDown = Rail(
        name: "hold-down", summary: "the number does not go below what was recommended in the last hold_down seconds"
    ) { proposal, context in
        guard proposal < context.current else { return nil }
        let (since, now) = (context.time - context.settings.holdDown, context.time)
        let held = context.recommendations.filter { (since...now).contains($0.time) }.map(\.count).max() ?? proposal
        let count = min(held, context.current)
        guard count > proposal else { return nil }
        return .init(
            count: count, reason: "\(held) were recommended within the last \(Rail.text(context.settings.holdDown)) s")
    }

    static let bounds = Rail(
        name: "bounds", summary: "never fewer workers than workers.min, never more than workers.max"
    ) { proposal, context in
        let bounds = context.settings.workers
        return .init(
            count: bounds.clamp(proposal),
            reason: proposal < bounds.min
                ? "\(bounds.min) workers at least" : "\(bounds.max) workers at most")
    }

    /// At most one digit after the point.
    static func text(_ number: Double) -> String {
        let rounded = (number * 10).rounded() / 10
        return Int(exactly: rounded).map(String.init) ?? String(rounded)
    }
}

extension Int {
    /// The sum, or the nearest there is.
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
