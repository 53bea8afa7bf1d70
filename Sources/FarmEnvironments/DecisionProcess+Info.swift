import Farm
public import Gymnasium

extension DecisionProcess {
    /// What is known of the current state beyond the observation, sorted by key.
    ///
    /// Always `action_mask`, `metrics`, `overrun`, `stale`, `totals`, `window_seconds`; `notes` when the farm has any, and at
    /// reset those that the scenario gives cause for; after a step `reward_terms`; after the last one `reason` (`finished`, `horizon`, `max_episode_steps`, or why the farm
    /// cannot go on) and `result`.
    public var info: [Value.Entry] {
        var info: [Value.Entry] = [
            Value.Entry(
                "action_mask",
                .array(
                    NDArray(
                        actionScheme.mask(
                            current: metrics.desired, bounds: scenario.workers, floor: metrics.platformFloor)))),
            Value.Entry("metrics", metrics.value),
        ]
        let notes = (account.steps == 0 ? warnings : []) + metrics.notes
        if !notes.isEmpty { info.append(Value.Entry("notes", .tuple(notes.map(Value.text)))) }
        info.append(Value.Entry("overrun", .boolean(metrics.isOverrun)))
        if let outcome {
            if outcome.isLast {
                info.append(Value.Entry("reason", .text(reason)))
                info.append(Value.Entry("result", account.result(metrics.totals)))
            }
            info.append(Value.Entry("reward_terms", rewardTerms))
        }
        info.append(Value.Entry("stale", .boolean(metrics.isStale)))
        info.append(Value.Entry("totals", metrics.totals.value))
        info.append(Value.Entry("window_seconds", .number(metrics.windowSeconds)))
        return info
    }

    private var reason: String {
        switch farmEnd {
        case .finished: "finished"
        case .horizon: "horizon"
        case .broken(let reason): reason
        case nil: "max_episode_steps"
        }
    }

    private var rewardTerms: Value {
        var terms: [String: Value] = [:]
        rewardScheme.forEachTerm(metrics, end: farmEnd, scale: scale) { terms[$0] = .number($1) }
        return .dictionary(terms)
    }
}

extension WindowMetrics {
    /// The raw numbers, in seconds and tasks; a time that nothing told is left out.
    var value: Value {
        var entries: [String: Value] = [
            "time": .number(time), "window_seconds": .number(windowSeconds), "oldest_age": .number(oldestAge),
            "arrival_rate": .number(arrivalRate), "arrival_rate_recent": .number(recentArrivalRate),
            "late_seconds": .number(lateSeconds), "utilisation": .number(utilisation), "qos": .number(qos),
            "paid_worker_seconds": .number(paidWorkerSeconds), "ready_worker_seconds": .number(readyWorkerSeconds),
            "ready_age": .number(readyAge),
        ]
        entries["service_time_mean"] = serviceTimeMean.map(Value.number)
        entries["service_time_p95"] = serviceTimeP95.map(Value.number)
        entries["response_time_mean"] = responseTimeMean.map(Value.number)
        entries["response_time_max"] = responseTimeMax.map(Value.number)
        entries["overhead_mean"] = overheadMean.map(Value.number)
        let counts = [
            "step": step, "queue_length": queueLength, "running": running, "ready": ready, "starting": starting,
            "draining": draining, "desired": desired, "applied_delta": appliedDelta, "requested_delta": requestedDelta,
            "platform_floor": platformFloor,
            "arrivals": arrivals, "completions": completions, "failures": failures, "met": met, "missed": missed,
            "retries": retries, "collisions": collisions, "refusals": refusals,
            "duplicates": duplicates,
        ]
        for (key, count) in counts { entries[key] = .integer(Int64(count)) }
        return .dictionary(entries)
    }
}

extension TaskTotals {
    var value: Value {
        .dictionary([
            "emitted": .integer(Int64(emitted)), "queued": .integer(Int64(queued)), "running": .integer(Int64(running)),
            "done": .integer(Int64(done)), "failed": .integer(Int64(failed)), "met": .integer(Int64(met)),
            "missed": .integer(Int64(missed)),
            "failure_reasons": .dictionary(failureReasons.mapValues { .integer(Int64($0)) }),
        ])
    }
}
