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
            Value.Entry("action_mask", .array(NDArray(actionMask))), Value.Entry("metrics", metrics.value),
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
        rewardScheme.forEachTerm(metrics, end: farmEnd, scale: scales.first) { terms[$0] = .number($1) }
        return .dictionary(terms)
    }
}

extension EpisodeAccount {
    /// The episode's result, given its totals.
    fileprivate func result(_ totals: TaskTotals) -> Value {
        let numbers = [
            "qos": totals.qos, "mean_window_qos": meanWindowQoS, "mean_workers": meanWorkers, "mean_ready": meanReady,
            "paper_mean_workers": paperMeanWorkers, "seconds": seconds, "return": rewards,
            "paid_worker_seconds": paidWorkerSeconds, "ready_worker_seconds": readyWorkerSeconds,
        ]
        let counts = [
            "max_ready": maxReady, "scaling_actions": scalingActions, "steps": steps, "emitted": totals.emitted,
            "done": totals.done, "failed": totals.failed, "met": totals.met, "missed": totals.missed,
            "unfinished": totals.queued + totals.running, "retries": calls.retries, "collisions": calls.collisions,
            "refusals": calls.refusals, "duplicates": calls.duplicates,
        ]
        return .dictionary(
            numbers.mapValues(Value.number).merging(counts.mapValues { .integer(Int64($0)) }) { number, _ in number })
    }
}
