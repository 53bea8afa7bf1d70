import Episodes
import Farm
import Foundation
import Steering
import SteeringReview

/// Writes a journal. For a test that kills it: decisions, one after the other, each said once it is in the file. With a number of
/// periods: a stretch of advice, the same every time.
@main
struct JournalWriter {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let journal = try SteeringJournal(path: arguments.first ?? "steer.sqlite", programVersion: "test")
        if let periods = arguments.dropFirst().first.flatMap({ Int($0) }) {
            try await advise(periods, journal)
        } else {
            try await decide(journal)
        }
    }

    private static func decide(_ journal: SteeringJournal) async throws {
        let last = try await journal.last(of: "resize")
        var course = SteeringCourse(
            SteeringSettings(function: "resize"), memory: last?.memory ?? SteeringMemory(mode: .steer),
            number: last?.number ?? 0)
        try await journal.begin(course.settings)
        while !Task.isCancelled {
            let time = 1_700_000_000 + Double(course.number)
            let decision = course.decide(.init(time: time, answer: .success(course.number % 10)))
            try await journal.record(decision, course.memory)
            // By the system at once, so that what was said is what a reader has.
            FileHandle.standardOutput.write(Data("\(decision.number)\n".utf8))
            try await journal.complete("resize", decision.number, .unchanged)
            try await journal.record([call(decision.number, at: time, service: 0.1)])
        }
    }

    /// A load that comes and goes; a platform that has three workers, then five; a policy that says one for each two calls.
    private static func advise(_ periods: Int, _ journal: SteeringJournal) async throws {
        var settings = SteeringSettings(function: "resize")
        settings.workers = WorkerBounds(min: 1, max: 12, initial: 3)
        (settings.period, settings.deadline, settings.startUp, settings.service) = (10, 2, 3, 0.5)
        settings.holdDown = 30
        try await journal.begin(settings)
        var course = SteeringCourse(settings, memory: SteeringMemory(mode: .advise), number: 0)
        let start = 1_764_000_000.0
        var calls = 0
        for period in 0..<periods {
            // A little beside the grid, as a clock is.
            let time = start + 10 * Double(period) + (period == 0 ? 0 : 0.004)
            var sighting = Sighting(time: time - 0.001, seconds: period == 0 ? 0 : 10)
            let arrivals = count(period - 1)
            (sighting.arrivals, sighting.completions, sighting.failures) = (arrivals, arrivals, 0)
            sighting.serviceSeconds = 0.8
            let present = period < periods / 2 ? 3 : 5
            var input = SteeringCourse.Input(
                time: time, workers: .init(time: time, asked: present, ready: present), sighting: sighting,
                answer: .success(max(arrivals / 8, 1)))
            (input.policy, input.digest) = ("target-utilisation", "test")
            let decision = course.decide(input)
            try await journal.record(decision, course.memory)
            try await journal.complete("resize", decision.number, .advised)
            let coming = count(period)
            try await journal.record(
                (0..<coming).map { index in
                    calls += 1
                    let share = Double((index * 7 + period * 3) % coming) / Double(coming)
                    return call(
                        calls, at: start + 10 * (Double(period) + share), service: 0.5 + 0.05 * Double(calls * 11 % 13))
                })
        }
        try await journal.close()
    }

    /// Calls of a period.
    private static func count(_ period: Int) -> Int {
        period < 0 ? 0 : 20 + (period / 6 * 17) % 41
    }

    private static func call(_ number: Int, at time: Double, service: Double) -> ServedTask {
        ServedTask(
            function: "resize", id: "\(number)", arrived: time, waited: 0, service: service, status: 200, deadline: 2,
            met: true)
    }
}
