import ArgumentParser
import Episodes
import Foundation
import SteeringReview

/// `faasfarm decisions FILE`.
struct DecisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions",
        abstract: "List what was decided in steering functions, and why.",
        usage: "faasfarm decisions <file> [<options>]",
        discussion: """
            FILE is what `faasfarm steer` writes; it may be read in the meantime. A line a decision: the number before and the one that \
            was asked for, who recommended it, each guard rail that changed it, what it was decided on, and what the platform \
            made of it.

              faasfarm decisions steer.sqlite --function resize --from 2h

            With --format json: an object a line. Its keys: function, number, time, mode, policy, digest, before, recommended, fault \
            (why the recommendation was not taken), author (policy, fallback, revert, nobody), proposed, refusals (a list of rail, from, \
            to, reason), asked, outcome (advised, unchanged, applied, refused; null: not known), reason (of a refusal), workers and \
            workers_after (asked, ready), input_age (seconds), blindness, sighting (time, seconds, arrivals, recent_rate, \
            completions, failures, running, queued, oldest_age, service_seconds, response_seconds, met, missed). What is not known is null.
            """)

    @Argument(help: "The journal.")
    var file: String

    @Option(help: ArgumentHelp("Only decisions of this function.", valueName: "name"))
    var function: String?

    @OptionGroup var stretch: StretchOptions

    @Flag(help: "Go on with those that come, until Ctrl-C.")
    var follow = false

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let history = try SteeringHistory(path: file)
        let (from, to) = try stretch.times(now: Date().timeIntervalSince1970)
        var stream = DecisionStream(history, of: function, from: from, to: to)
        if let function, try !history.functions().contains(where: { $0.function == function }), !follow {
            let names = try history.functions().map(\.function).joined(separator: ", ")
            throw ValidationError(
                "\(file) has no decisions of \(function); "
                    + (names.isEmpty ? "nor of any other function" : "it has \(names)"))
        }
        repeat {
            // What came of a decision is known a moment after it.
            let settled = follow ? Date().timeIntervalSince1970 - 10 : .infinity
            while let recorded = try stream.next(settledBefore: settled) {
                let line = format == .json ? DecisionJSON.line(recorded) : DecisionText.line(recorded)
                try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
            }
            guard follow else { return }
            try await Task.sleep(for: .milliseconds(500))
            try stream.lookAgain()
        } while !Task.isCancelled
    }
}

/// A stretch of time on the command line.
struct StretchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "From then on: 2026-03-01, 2026-03-01T12:00:00Z, or so long ago: 90s, 30m, 24h, 7d. Left out: from the beginning.",
            valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("Until then, in the same forms. Left out: to the end.", valueName: "time"))
    var to: String?

    /// Seconds since 1970.
    func times(now: Double) throws -> (from: Double, to: Double) {
        let from = try from.map { try StretchOptions.time($0, "--from", now: now) } ?? -.infinity
        let to = try to.map { try StretchOptions.time($0, "--to", now: now) } ?? .infinity
        guard from < to else { throw ValidationError("--from must be before --to") }
        return (from, to)
    }

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    private static func time(_ text: String, _ option: String, now: Double) throws -> Double {
        if let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), (0...1e6).contains(count) {
            return now - count * unit
        }
        let full = text.contains("T") ? text : text + "T00:00:00Z"
        guard let date = try? Date(full, strategy: .iso8601) else {
            throw ValidationError(
                "\(option) is written 2026-03-01, 2026-03-01T12:00:00Z (UTC), or 30m for so long ago; got \(text.prefix(60))"
            )
        }
        return date.timeIntervalSince1970
    }
}
