extension Scenario {
    /// The scenario as a file with nothing left to defaults; reading it back gives an equal scenario.
    public var yaml: String {
        var lines = ["name: \(quoted(name))", "version: \(version)"]
        if !summary.isEmpty { lines.append("summary: \(quoted(summary))") }
        lines.append("arrivals:")
        switch arrivals {
        case .phases(let phases):
            lines.append("  phases:")
            lines += phases.map { phase in
                let tasks = phase.tasks.map { ", tasks: \($0)" } ?? ""
                return
                    "    - {name: \(quoted(phase.name)), seconds: \(phase.seconds), rate: \(phase.rate.yaml)\(tasks)}"
            }
        case .bag(let bag):
            lines.append("  bag: |")
            lines += bag.tasks.map { "    " + $0.jsonLine }
        case .trace(let trace):
            lines.append("  trace:")
            lines.append("    exact: \(trace.isExact)")
            lines.append("    csv: |")
            lines += trace.csv.split(separator: "\n").map { "      " + $0 }
        case .paced(let paced):
            lines.append("  paced:")
            lines.append("    window: \(paced.windowSeconds)")
            lines.append("    start: {min: \(paced.startMin), max: \(paced.startMax)}")
            lines.append("    phases:")
            lines += paced.phases.map {
                "      - {name: \(quoted($0.name)), tasks: \($0.tasks), windows: \($0.windows)}"
            }
        case .shuffled(let shuffled):
            func bounds<Bound>(_ range: ClosedRange<Bound>) -> String {
                "{min: \(range.lowerBound), max: \(range.upperBound)}"
            }
            lines.append("  shuffled:")
            lines.append("    phases: \(bounds(shuffled.phases))")
            lines.append("    seconds: \(bounds(shuffled.seconds))")
            lines.append("    rate: \(bounds(shuffled.rate))")
        }
        let isPlain = stages.count == 1 && stages.first.name.isEmpty
        if isPlain { lines.append("service: \(stages.first.service.yaml)") }
        lines.append("deadline: {factor: \(deadline.factor), min: \(deadline.min)\(upperBound(deadline.max))}")
        if isPlain {
            lines += ["workers: \(stages.first.workers.yaml)", "start_up: \(stages.first.startUp.yaml)"]
        } else {
            lines.append("stages:")
            for stage in stages {
                lines += [
                    "  - name: \(quoted(stage.name))", "    service: \(stage.service.yaml)",
                    "    workers: \(stage.workers.yaml)", "    start_up: \(stage.startUp.yaml)",
                    "    deadline_share: \(stage.deadlineShare)",
                ]
            }
        }
        lines += ["step: \(stepSeconds)", "steps: \(steps)", "scaling: \(scaling.rawValue)", "work: \(work.rawValue)"]
        lines.append(
            "retry: {max_attempts: \(retry.maxAttempts), first_delay: \(retry.firstDelay), max_delay: \(retry.maxDelay), "
                + "attempt_limit: \(retry.attemptLimit)}")
        lines += ["platform: \(platform.yaml)", "faults: \(faults.yaml)"]
        return lines.joined(separator: "\n") + "\n"
    }
}

private func upperBound(_ bound: Double) -> String { bound.isFinite ? ", max: \(bound)" : "" }

/// JSON's double quotes are YAML's, once what only YAML takes for line breaks or refuses is escaped.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

extension Arrivals.Rate {
    fileprivate var yaml: String {
        switch self {
        case .constant(let rate): "\(rate)"
        case .ramp(let from, let to): "{from: \(from), to: \(to)}"
        case .sine(let mean, let amplitude, let cycles): "{mean: \(mean), amplitude: \(amplitude), cycles: \(cycles)}"
        }
    }
}

extension StartUpDelay {
    fileprivate var yaml: String {
        if !empirical.isEmpty { return "{empirical: [\(empirical.map { "\($0)" }.joined(separator: ", "))]}" }
        let tail = tailProbability > 0 ? ", tail: {probability: \(tailProbability), max: \(tailMax)}" : ""
        return "{mean: \(mean), sd: \(standardDeviation), min: \(min), max: \(max)\(tail)}"
    }
}

extension WorkerBounds {
    fileprivate var yaml: String { "{min: \(min), max: \(max), initial: \(initial)}" }
}

extension ServiceTime {
    fileprivate var yaml: String {
        let pixels = pixels.map { ", pixels: {a: \($0.a), b: \($0.b)}" } ?? ""
        let drift = drift.map { ", drift: \($0.yaml)" } ?? ""
        return "{\(distribution.yaml), min: \(min)\(upperBound(max))\(pixels)\(drift)}"
    }
}

extension ServiceTime.Distribution {
    fileprivate var yaml: String {
        switch self {
        case .constant(let seconds): "constant: \(seconds)"
        case .gamma(let shape, let mean): "gamma: {shape: \(shape), mean: \(mean)}"
        case .lognormal(let mean, let cv): "lognormal: {mean: \(mean), cv: \(cv)}"
        case .exponential(let mean): "exponential: {mean: \(mean)}"
        case .empirical(let values): "empirical: [\(values.map { "\($0)" }.joined(separator: ", "))]"
        }
    }
}

extension TaskBag.Entry {
    /// As it is read; bytes that are not UTF-8 cannot have come from a file.
    fileprivate var jsonLine: String {
        var parts = ["\"id\":\(quoted(id))", "\"at\":\(at)"]
        if let deadline { parts.append("\"deadline\":\(deadline)") }
        if let seconds { parts.append("\"seconds\":\(seconds)") }
        if let payload { parts.append("\"payload\":\(quoted(String(decoding: payload, as: UTF8.self)))") }
        if !headers.isEmpty {
            let pairs = headers.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            parts.append("\"headers\":{\(pairs.joined(separator: ","))}")
        }
        return "{" + parts.joined(separator: ",") + "}"
    }
}
