/// Rails on when the number goes at all.
extension Rail {
    static let stale = Rail(
        name: "stale", summary: "while the input is older than stale_after, the number stays"
    ) { proposal, context in
        guard context.inputAge > context.settings.staleAfter, proposal != context.current else { return nil }
        let age = context.inputAge.isFinite ? "\(text(context.inputAge)) s old" : "missing"
        return .init(
            count: context.current,
            reason: "the input is \(age), \(text(context.settings.staleAfter)) s at most is acted on")
    }

    static let age = Rail(
        name: "age",
        summary: "while the oldest call that waits has used up age_share of its deadline, no worker is taken away"
    ) { proposal, context in
        guard proposal < context.current, let age = context.oldestAge else { return nil }
        let limit = context.settings.ageShare * context.settings.deadline
        guard age > limit else { return nil }
        return .init(
            count: context.current,
            reason: "a call has waited for \(text(age)) s, which is more than \(text(limit)) s")
    }

    static let forbidden = Rail(
        name: "forbidden", summary: "at the times of forbidden, the number does not go that way"
    ) { proposal, context in
        let seconds = context.time - (context.time / 86_400).rounded(.down) * 86_400
        let now = context.settings.forbidden.filter { time in
            time.from <= time.to
                ? (time.from..<time.to).contains(seconds) : seconds >= time.from || seconds < time.to
        }
        guard let time = now.first(where: { $0.direction.covers(proposal, from: context.current) }) else { return nil }
        return .init(
            count: context.current,
            reason: "no change \(time.direction.words) from \(clock(time.from)) to \(clock(time.to)) UTC")
    }

    static let pause = Rail(
        name: "pause", summary: "while it is paused, the number does not go that way"
    ) { proposal, context in
        guard let pause = context.pause, pause.covers(proposal, from: context.current) else { return nil }
        return .init(count: context.current, reason: "changes \(pause.words) are paused")
    }

    static let budget = Rail(
        name: "budget", summary: "no more workers than what is left of the day's daily_budget pays for"
    ) { proposal, context in
        guard let budget = context.settings.dailyBudget else { return nil }
        let left = max(budget - context.spent, 0)
        let periods = (left / context.settings.period).rounded(.down)
        guard periods >= 0 else { return nil }
        let most = Int(min(periods, 1e9))
        guard proposal > most else { return nil }
        return .init(
            count: most, reason: "\(text(left)) of \(text(budget)) worker-seconds are left of the day")
    }

    private static func clock(_ seconds: Double) -> String {
        let minutes = Int(seconds / 60)
        let (hour, minute) = (minutes / 60, minutes % 60)
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}

extension SteeringSettings.Direction {
    func covers(_ count: Int, from current: Int) -> Bool {
        switch self {
        case .up: count > current
        case .down: count < current
        case .both: count != current
        }
    }

    var words: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .both: "up or down"
        }
    }
}
