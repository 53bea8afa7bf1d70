/// Whether a training can change anything.
extension LearnerConfiguration {
    /// Refuses a stretch of training after which the agent would be what it was before.
    ///
    /// - Parameters:
    ///   - begun: environment steps done before.
    ///   - end: environment steps when the stretch is over.
    /// - Throws: what stands in the way, and what to do.
    public func checkThatItLearns(from begun: Int, to end: Int) throws(LearningError) {
        guard begun < end else {
            throw LearningError(
                .configuration,
                "\(begun) steps are done already, and the steps of a training count those, too: ask for more than \(begun)"
            )
        }
        let (name, rate) = rate
        let total = Double(totalSteps)
        if rate.isZero(from: Double(begun) / total, to: Double(end) / total) {
            throw LearningError(
                .configuration,
                rate.isZero(from: 0, to: 0)
                    ? "\(name) is 0, so nothing would be learnt; give another one"
                    : "\(name) is 0 from step \(begun) to step \(end), so nothing would be learnt: its schedule is over; "
                        + "ask for more steps, over which it is stretched")
        }
        if case .doubleDQN(let settings) = self {
            let first = max(begun, settings.learningStarts)
            guard first < end, end / settings.trainingPeriod > first / settings.trainingPeriod else {
                throw LearningError(
                    .configuration,
                    "from step \(begun) to step \(end) no gradient step would be taken: they begin after step "
                        + "\(settings.learningStarts) (learningStarts), every \(settings.trainingPeriod) steps "
                        + "(trainingPeriod); ask for more steps, or set these lower")
            }
        }
    }

    private var rate: (name: String, schedule: Schedule) {
        switch self {
        case .ppo(let settings): ("learningRate", settings.learningRate)
        case .doubleDQN(let settings): ("learningRate", settings.learningRate)
        case .sarsa(let settings): ("stepSize", settings.stepSize)
        }
    }
}

extension Schedule {
    /// Whether it is 0 at both shares of a run, and so between them.
    fileprivate func isZero(from: Double, to: Double) -> Bool {
        switch self {
        case .constant(let value): value == 0
        case .linear: value(progress: from) == 0 && value(progress: to) == 0
        case .perEpisode(let first, _, let least): first == 0 && least == 0
        }
    }
}

extension Checkpoint {
    /// The same agent, whose schedules run over so many steps, those done included.
    ///
    /// A run that is given more steps than it began with stretches its schedules: a rate that had fallen to 0 is above it again.
    ///
    /// - Throws: a checkpoint of no known settings.
    public func running(over totalSteps: Int) throws(LearningError) -> Checkpoint {
        let settings = try LearnerConfiguration(self).setting("totalSteps", to: "\(totalSteps)")
        var content = content
        content.metadata["hyperparameters"] = settings.text
        return try Checkpoint(content)
    }

    /// - Throws: when an array of the agent has an infinity in it, or what is not a number: its training has diverged.
    public func checkNumbers() throws(LearningError) {
        for (name, tensor) in content.tensors.sorted(by: { $0.key < $1.key }) {
            let isSound =
                tensor.floats?.allSatisfy(\.isFinite) ?? tensor.doubles?.allSatisfy(\.isFinite) ?? true
            guard isSound else {
                throw LearningError(
                    .step,
                    "\(name) has infinities in it, or what is no number: the training has diverged; give a lower "
                        + "learning rate, or rewards of a smaller size")
            }
        }
    }
}
