import Farm
public import Gymnasium

/// All features an observation may be made of. Some tell the time, none the scenario's schedule.
public enum ObservationCatalogue {
    /// In the order of the `full` observation, then the further ones.
    public static let all: [ObservationFeature] = full + further

    /// The features of the `full` observation.
    public static let full: [ObservationFeature] = [
        ObservationFeature(.queueLength, "tasks that wait for a worker", unit: "tasks", count),
        ObservationFeature(.oldestAge, "age of the oldest waiting task, 0 when none waits", unit: "s", age),
        ObservationFeature(.running, "tasks that a worker is busy with", unit: "tasks", .workers),
        ObservationFeature(.ready, "workers able to take a task", unit: "workers", .workers),
        ObservationFeature(.starting, "workers asked for and not ready yet", unit: "workers", .workers),
        ObservationFeature(.draining, "workers that finish their last task", unit: "workers", .workers),
        ObservationFeature(.desired, "workers asked for", unit: "workers", .workers),
        ObservationFeature(.arrivalRate, "arrivals over the window", unit: "tasks/s", rate),
        ObservationFeature(.recentArrivalRate, "arrivals over the window's last third", unit: "tasks/s", rate),
        ObservationFeature(
            .serviceTimeMean, "mean time from an attempt's beginning to its end; the last known when none ended",
            unit: "s", .duration),
        ObservationFeature(
            .serviceTimeP95, "95th percentile of the same; the last known when none ended", unit: "s", .duration),
        ObservationFeature(.qos, "share in time of the tasks decided in the window; 1 when none was", .share),
        ObservationFeature(.completions, "tasks done in the window", unit: "tasks", count),
        ObservationFeature(.failures, "tasks given up in the window", unit: "tasks", count),
        ObservationFeature(.utilisation, "busy share of the ready and draining workers' time", .share),
        ObservationFeature(
            .lastAction, "applied change of desired: (change / (max_workers - min_workers) + 1) / 2", .share),
    ]

    private static let further: [ObservationFeature] = [
        ObservationFeature(.timeOfDay, "time since the episode began, modulo a day, as a share of a day", .share),
        ObservationFeature(.remainingFraction, "share of the horizon that is still to come", .share),
        ObservationFeature(
            .responseTimeMean, "mean time from a task's generation to its end; the last known when none was done",
            unit: "s", .duration),
        ObservationFeature(
            .responseTimeMax, "longest of the same; the last known when none was done", unit: "s", .duration),
        ObservationFeature(.collisions, "calls that met a full worker", unit: "calls", count),
        ObservationFeature(.retries, "attempts beyond a task's first", unit: "attempts", count),
    ]

    private static var count: ObservationTransform { .logarithm(cap: 10_000) }
    private static var age: ObservationTransform { .logarithm(cap: 3_600) }
    private static var rate: ObservationTransform { .logarithm(cap: 1_000) }

    /// The feature called `name`.
    ///
    /// - Throws: `badArgument` for `observation`, naming near matches.
    public static func feature(named name: String) throws(EnvironmentError) -> ObservationFeature {
        if let feature = all.first(where: { $0.name == name }) { return feature }
        throw EnvironmentError(
            .badArgument(name: "observation"),
            "there is no observation \"\(name)\"\(NearMatches.hint(for: name, among: all.map(\.name)))")
    }
}
