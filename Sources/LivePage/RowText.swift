import Farm
import Foundation
import LiveFarm
import Pages
import Steering

/// JSON of the page's rows. What is not known is null.
enum RowText {
    static func string(_ text: String?) -> String { JSONText.string(text).line }

    /// Rounded to so many digits after the point, so that what has hardly changed is no news.
    static func number(_ value: Double?, digits: Int = 3) -> JSONText {
        guard let value, value.isFinite else { return .null }
        let factor = pow(10, Double(digits))
        return .number((value * factor).rounded() / factor)
    }

    static func count(_ value: Int?) -> JSONText { value.map { .integer($0) } ?? .null }

    /// Time, rate, queue, asked, ready, starting, draining, qos, response.
    static func point(_ time: Double, _ values: [JSONText]) -> String {
        JSONText.list([number(time, digits: 1)] + values).line
    }
}

enum FarmRow {
    static func row(_ number: Int, _ reading: FarmMeter.Reading) -> String {
        JSONText.object([
            ("id", .integer(number)), ("scenario", .string(reading.scenario)), ("platform", .string(reading.platform)),
            ("speed", RowText.number(reading.speed)), ("episode", .integer(reading.episode)),
            ("running", .boolean(reading.isRunning)), ("step", .integer(reading.step)),
            ("steps", .integer(reading.steps)),
            ("queued", .integer(reading.queued)), ("inflight", .integer(reading.running)),
            ("oldest", RowText.number(reading.oldestAge, digits: 1)), ("recommended", .integer(reading.recommended)),
            ("asked", .integer(reading.desired)), ("ready", .integer(reading.ready)),
            ("starting", .integer(reading.starting)), ("draining", .integer(reading.draining)),
            ("age", RowText.number(reading.readyAge, digits: 0)), ("rate", RowText.number(reading.arrivalRate)),
            ("qos", RowText.number(reading.qos, digits: 6)), ("response", RowText.number(reading.responseMean)),
            ("met", .integer(reading.met)), ("missed", .integer(reading.missed)), ("done", .integer(reading.done)),
            ("failed", .integer(reading.failed)),
            ("trouble", reading.isReachable ? .null : .string("\(reading.platform) does not answer")),
        ]).line
    }

    static func point(_ reading: FarmMeter.Reading, at now: Double) -> String {
        RowText.point(
            now,
            [
                RowText.number(reading.arrivalRate), .integer(reading.queued), .integer(reading.desired),
                .integer(reading.ready), .integer(reading.starting), .integer(reading.draining),
                RowText.number(reading.qos, digits: 6), RowText.number(reading.responseMean),
            ])
    }
}

enum FunctionRow {
    static func row(_ entry: SteeringBoard.Entry) -> String {
        let (settings, decision, sighting) = (entry.settings, entry.decision, entry.decision.sighting)
        let (starting, draining) = moving(entry)
        return JSONText.object([
            ("name", .string(settings.function)), ("policy", .string(entry.policy)),
            ("fallback", .string(entry.fallback)), ("source", .string(entry.source)),
            ("mode", .string(entry.mode.rawValue)), ("pause", .string(entry.pause?.rawValue)),
            ("onFallback", .boolean(entry.isOnFallback)), ("recommended", RowText.count(decision.recommended)),
            ("asked", .integer(decision.asked)), ("applied", RowText.count(entry.applied)),
            ("ready", RowText.count(decision.workers?.ready)), ("starting", starting), ("draining", draining),
            ("rate", RowText.number(rate(sighting))), ("queued", RowText.count(sighting?.queued)),
            ("running", RowText.count(sighting?.running)), ("oldest", RowText.number(sighting?.oldestAge, digits: 1)),
            ("qos", RowText.number(entry.qos, digits: 6)), ("response", RowText.number(sighting?.responseSeconds)),
            ("number", .integer(decision.number)), ("time", RowText.number(decision.time)),
            ("inputAge", RowText.number(decision.inputAge, digits: 1)),
            ("spent", RowText.number(entry.spent, digits: 1)),
            ("budget", RowText.number(settings.dailyBudget, digits: 1)), ("period", RowText.number(settings.period)),
            ("deadline", RowText.number(settings.deadline)), ("min", .integer(settings.workers.min)),
            ("max", .integer(settings.workers.max)), ("trouble", .string(trouble(entry))),
        ]).line
    }

    static func point(_ entry: SteeringBoard.Entry) -> String {
        let (decision, sighting) = (entry.decision, entry.decision.blindness == nil ? entry.decision.sighting : nil)
        let (starting, draining) = moving(entry)
        return RowText.point(
            decision.time,
            [
                RowText.number(rate(sighting)), RowText.count(sighting?.queued), .integer(decision.asked),
                RowText.count(decision.workers?.ready), starting, draining,
                sighting == nil ? .null : RowText.number(entry.qos, digits: 6),
                RowText.number(sighting?.responseSeconds),
            ])
    }

    static func decision(_ entry: SteeringBoard.Entry) -> String {
        let decision = entry.decision
        return JSONText.object([
            ("number", .integer(decision.number)), ("time", RowText.number(decision.time)),
            ("before", .integer(decision.before)), ("recommended", RowText.count(decision.recommended)),
            ("author", .string(decision.author.rawValue)), ("proposed", .integer(decision.proposed)),
            ("asked", .integer(decision.asked)), ("fault", .string(decision.fault)),
            ("blindness", .string(decision.blindness)), ("inputAge", RowText.number(decision.inputAge, digits: 1)),
            ("outcome", .string(outcome(entry.outcome))),
            (
                "refusals",
                .list(
                    decision.refusals.map {
                        .object([
                            ("rail", .string($0.rail)), ("from", .integer($0.from)), ("to", .integer($0.to)),
                            ("reason", .string($0.reason)),
                        ])
                    })
            ),
        ]).line
    }

    private static func rate(_ sighting: Sighting?) -> Double? {
        guard let sighting, let arrivals = sighting.arrivals, sighting.seconds > 0 else { return nil }
        return Double(arrivals) / sighting.seconds
    }

    /// Workers that start and that leave; not known where the ready ones are not.
    private static func moving(_ entry: SteeringBoard.Entry) -> (starting: JSONText, draining: JSONText) {
        guard entry.decision.workers?.ready != nil else { return (.null, .null) }
        return (.integer(entry.metrics.starting), .integer(entry.metrics.draining))
    }

    private static func outcome(_ outcome: SteeringDecision.Outcome?) -> String {
        switch outcome {
        case .advised: "advice only"
        case .unchanged: "the platform has it"
        case .applied: "the platform was asked"
        case .refused(let reason): "the platform did not take it: \(reason)"
        case nil: "nothing was asked for"
        }
    }

    private static func trouble(_ entry: SteeringBoard.Entry) -> String? {
        var texts = [entry.decision.blindness, entry.decision.fault].compactMap(\.self)
        if entry.isOnFallback { texts.append("the fallback has it") }
        if entry.decision.workers == nil { texts.append("the platform does not tell of the workers") }
        if case .refused(let reason)? = entry.outcome { texts.append(reason) }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}
