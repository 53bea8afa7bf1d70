// What settings that are each allowed come to together.

extension Scenario {
    /// Why no task of the scenario could ever be done, whatever a policy does; nil where one can.
    ///
    /// - Returns: a sentence with what to change.
    public var impossibility: String? {
        guard let work = workSeconds, work.least > retry.attemptLimit else { return nil }
        return "the work of a task takes \(Scenario.brief(work.least)) s at least, and an attempt is given up after "
            + "retry.attempt_limit, \(Scenario.brief(retry.attemptLimit)) s, so that no task could be done; "
            + "raise the limit, as in retry: {attempt_limit: \(Scenario.brief(Swift.min(2 * work.least, 1e9)))}"
    }

    /// What is allowed and hardly meant: settings that leave no room to one another. Sentences, with what to change.
    public var warnings: [String] {
        var warnings: [String] = []
        func warn(_ condition: Bool, _ text: @autoclosure () -> String) {
            if condition { warnings.append(text()) }
        }
        let brief = Scenario.brief
        if let work = workSeconds {
            warn(
                work.least <= retry.attemptLimit && work.mostKnown > retry.attemptLimit,
                "some tasks take \(brief(work.mostKnown)) s of work, and an attempt is given up after "
                    + "retry.attempt_limit, \(brief(retry.attemptLimit)) s: those can never be done; raise the limit")
            warn(
                work.least > horizon,
                "the work of a task takes \(brief(work.least)) s at least and an episode ends after "
                    + "\(brief(horizon)) s: no task is done in it; raise steps or step")
        }
        if case .bag = arrivals {
            // Its tasks have deadlines and work of their own.
        } else {
            warn(
                meanDeadline < meanService,
                "a task of mean work, \(brief(meanService)) s, has a deadline of \(brief(meanDeadline)) s and is missed "
                    + "whatever a policy does; raise deadline")
            for stage in stages {
                let need = referenceRate * stage.service.mean
                warn(
                    need > Double(stage.workers.max),
                    "the tasks need \(brief(need)) workers on the average, and workers.max is \(stage.workers.max): "
                        + "the queue only grows; raise it, or lower the rate")
            }
            warn(
                meanDeadline > horizon,
                "the deadline of a mean task, \(brief(meanDeadline)) s, is after the end of an episode of "
                    + "\(brief(horizon)) s: whether it is met is never known; raise steps or step")
        }
        for stage in stages {
            warn(
                stage.startUp.least > horizon && stage.workers.max > stage.workers.initial,
                "a worker takes \(brief(stage.startUp.least)) s at least to start and an episode ends after "
                    + "\(brief(horizon)) s: none that is asked for is ever ready; raise steps or step")
        }
        return warnings
    }

    /// Bounds of the work of a task in the stage where it is longest, in seconds; nil where only the workers know it.
    private var workSeconds: (least: Double, mostKnown: Double)? {
        let drawn = [stages.map(\.service.least).max() ?? 0, stages.map(\.service.mostKnown).max() ?? 0]
        var times = drawn
        if case .bag(let bag) = arrivals {
            times = bag.tasks.compactMap(\.seconds)
            if bag.tasks.contains(where: { $0.seconds == nil && $0.payload == nil }) { times += drawn }
        }
        guard let least = times.min(), let most = times.max() else { return nil }
        return (least, most)
    }

    private static func brief(_ value: Double) -> String {
        guard value < 1e15 else { return "\(value)" }
        let rounded = value >= 100 ? value.rounded() : (value * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded > 0 ? rounded : value)"
    }
}

extension ServiceTime {
    /// No task takes less, in seconds.
    fileprivate var least: Double {
        let drawn =
            switch distribution {
            case .constant(let seconds): seconds
            case .empirical(let values): values.min() ?? 0
            case .gamma, .lognormal, .exponential: 0.0
            }
        let bounded = Swift.min(Swift.max(drawn, min), max)
        let snapped = pixels.map { Swift.min(bounded, $0.snapped(bounded)) } ?? bounded
        return snapped * (drift?.bounds.least ?? 1)
    }

    /// What some tasks take, in seconds: the most where there is one, the mean where there is none.
    fileprivate var mostKnown: Double {
        let drawn =
            switch distribution {
            case .constant: mean
            case .empirical(let values): Swift.min(Swift.max(values.max() ?? 0, min), max)
            case .gamma, .lognormal, .exponential: max.isFinite ? max : mean
            }
        return drawn * (drift?.bounds.most ?? 1)
    }
}

extension StartUpDelay {
    /// No start takes less, in seconds.
    fileprivate var least: Double { empirical.min() ?? min }
}
