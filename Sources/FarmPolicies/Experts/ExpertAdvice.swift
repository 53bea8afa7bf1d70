import Farm
import FarmModel
import Randomness

/// What a panel of experts says to do now, by what each would have cost so far.
///
///     var advice = ExpertAdvice(ExpertAdvice.Settings(), stage, of: scenario)
///     advice.begin(metrics)                              // at the episode's beginning
///     let workers = advice.number(after: metrics)        // a window has ended
///
/// Each expert is there twice: one of it steers a simulated farm, which tells what it costs, and the other sees the
/// real farm and says what it would do there. Their numbers are averaged, with weights that fall with what an expert
/// has cost beyond the cheapest (exponential weights: Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006).
struct ExpertAdvice: Sendable {
    struct Settings: Sendable {
        /// Prices of a missed task and of a worker-second.
        var miss = 1.0
        var worker = 0.03
        /// Seconds after which costs count for 1/e.
        var memory = 3_600.0
        /// Weight of what the whole episode has cost beside what it lately did, so that a flash is not forgotten in a
        /// calm.
        var rare = 0.3
    }

    /// The share by which an expert may be dearer than the cheapest and still have a say of 1/e, after many windows;
    /// at first it is wider.
    private static let width = 0.03
    /// Windows after which half of what is seen is believed.
    private static let doubt = 20.0
    /// What an expert that is not among the favoured is taken to be dearer by.
    private static let handicap = 0.2
    /// Seconds in which the farm's first number, which somebody has chosen, sinks to nothing as a floor.
    private static let settling = 300.0

    private let settings: Settings
    private let scenario: Scenario
    private let limit: Double
    private var panel: ExpertPanel
    /// Experts as they stand in the real farm; the panel's guests have none here.
    private var actors: [any FarmPolicy]
    private var service: ServiceEstimate
    private var first = (time: 0.0, workers: 0.0)
    private var scores: [Score]
    private var recentWeight = 0.0
    private var windows = 0.0
    /// By which share each expert, and then each guest, is dearer than the cheapest expert.
    private(set) var excess: [Double]

    private struct Score {
        var recent = 0.0
        var whole = 0.0
        /// What the tasks that wait are going to cost.
        var backlog = 0.0
    }

    /// - Parameter guests: policies that are watched, and have no say.
    init(_ settings: Settings, guests: [any FarmPolicy] = [], _ stage: Stage, of scenario: Scenario) {
        self.settings = settings
        // Experts see the stage as a farm.
        var scenario = scenario
        scenario.stages = PerStage(stage)
        self.scenario = scenario
        limit = Double(max(stage.workers.max, 1))
        actors = ExpertList.texts(stage).compactMap { try? PolicyCatalogue.policy($0) }
        panel = ExpertPanel(actors + guests, stage, of: scenario)
        service = ServiceEstimate(stage)
        scores = Array(repeating: Score(), count: actors.count + guests.count)
        excess = Array(repeating: 0, count: scores.count)
    }

    mutating func begin(_ metrics: WindowMetrics) {
        first = (metrics.time.finite(or: 0), Double(metrics.current))
        panel.begin(metrics)
        for index in actors.indices {
            actors[index].begin(scenario)
            _ = actors[index].staffing(after: metrics)
        }
    }

    /// Takes in a window.
    ///
    /// - Parameter metrics: of a window with a length, at a finite time.
    /// - Returns: the experts' number.
    mutating func number(after metrics: WindowMetrics) -> Int {
        service.add(metrics)
        panel.play(metrics, service)
        score(metrics.windowSeconds)
        return average(metrics)
    }

    private mutating func score(_ seconds: Double) {
        let kept = Elementary.exp(-seconds / settings.memory)
        recentWeight = recentWeight * kept + 1
        windows += 1
        let means = scores.indices.map { index in
            let outcome = panel.outcomes[index]
            let backlog = backlog(outcome)
            let cost =
                outcome.cost(miss: settings.miss, worker: settings.worker) + backlog - scores[index].backlog
            scores[index].backlog = backlog
            scores[index].recent = scores[index].recent * kept + cost
            scores[index].whole += cost
            return (1 - settings.rare) * scores[index].recent / recentWeight
                + settings.rare * scores[index].whole / windows
        }
        let least = max(means.prefix(actors.count).min() ?? 0, 1e-9)
        excess = means.map { ($0 - least) / least }
    }

    /// What waiting tasks are going to cost: misses of their own, and of those that come until all workers that there
    /// can be have worked them off. Otherwise who misses everything anyway would seem cheap for having few workers.
    private func backlog(_ outcome: WindowOutcome) -> Double {
        let waiting = max(Double(outcome.waiting) - limit, 0)
        let rate = Double(outcome.arrivals) / max(outcome.seconds, 1e-9)
        let capacity = limit / service.mean
        let spare = max(capacity - rate, capacity / 10)
        return waiting * (settings.miss * (1 + rate / spare) + settings.worker * service.mean)
    }

    private mutating func average(_ metrics: WindowMetrics) -> Int {
        let believed = windows / (windows + ExpertAdvice.doubt)
        let dearer = actors.indices.map { index in
            believed * (excess[index] + (index < ExpertList.favoured ? 0 : ExpertAdvice.handicap))
        }
        let best = dearer.min() ?? 0
        var (sum, weights, drained) = (0.0, 0.0, 0.0)
        for index in actors.indices {
            let number = Double(max(actors[index].staffing(after: metrics).first, 0))
            // One that is shown a 0 for what nobody knows has nothing to say in the real farm.
            guard actors[index].needs.isDisjoint(with: metrics.absences) else { continue }
            let weight = Elementary.exp(-(dearer[index] - best) * believed / ExpertAdvice.width)
            sum += weight * number
            weights += weight
            if index == 0 { drained = number }
        }
        guard weights > 0 else { return metrics.current }
        var number = (sum / max(weights, 1e-300)).rounded()
        // An average of those that drain and those that never had a backlog would drain for ever.
        if metrics.queueLength > metrics.ready { number = max(number, drained) }
        let floor = first.workers * (1 - (metrics.time - first.time) / ExpertAdvice.settling)
        return max(number, floor).roundedUpToWorkers
    }
}
