import Episodes
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Steering
@testable import SteeringReview

@Suite("The journal of decisions")
struct SteeringJournalTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func journal(_ name: String = "steer.sqlite") throws -> SteeringJournal {
        try SteeringJournal(path: folder.path(name), programVersion: "test")
    }

    @Test("What is written is read: decisions with their outcomes and settings, the memory, calls")
    func roundTrip() async throws {
        let journal = try journal()
        #expect(try await journal.last(of: "resize") == nil)
        try await journal.begin(Sample.settings)
        let outcomes: [SteeringDecision.Outcome] = [
            .advised, .unchanged, .applied(seen: .init(time: 3, asked: 5, ready: nil)), .applied(seen: nil),
            .refused(reason: "no \"such\" function\n"),
        ]
        var decisions = (1...6).map { Sample.decision($0) }
        decisions[1].sighting = nil
        (decisions[1].inputAge, decisions[1].blindness) = (-1, "the gateway is away")
        decisions[2].sighting?.recentRate = .infinity
        decisions[2].sighting?.oldestAge = -0.0
        (decisions[3].author, decisions[3].fault, decisions[3].recommended) = (.nobody, "it hangs", nil)
        for decision in decisions {
            try await journal.record(decision, Sample.memory(decision.number))
            if decision.number <= outcomes.count {
                try await journal.complete("resize", decision.number, outcomes[decision.number - 1])
            }
        }
        let calls = (0..<5).map { (index: Int) -> ServedTask in
            let (isGone, arrived) = (index == 3, Sample.start + Double(index / 2))
            return ServedTask(
                function: "resize", id: "c\(index)", arrived: arrived, waited: 0.1, service: isGone ? nil : 0.25,
                status: isGone ? nil : 200, deadline: 2, met: !isGone, end: isGone ? "gone" : "answered")
        }
        try await journal.record(calls)
        try await journal.record(Array(calls.prefix(2)))
        try await journal.close()

        let history = try SteeringHistory(path: folder.path("steer.sqlite"))
        let read = try history.decisions(of: "resize")
        #expect(read.map(\.decision) == decisions)
        #expect(read.map(\.outcome) == outcomes.map(Optional.some) + [nil])
        let settings = try #require(read.last?.settings)
        #expect(try history.settings(settings) == Sample.settings)
        let last = try #require(try history.last(of: "resize"))
        #expect(last.number == 6 && last.memory == Sample.memory(6))
        #expect(try history.last(of: "other") == nil)

        #expect(try history.decisions(of: "resize", after: 2, limit: 2).map(\.decision.number) == [3, 4])
        let stretch = try history.decisions(of: "resize", from: Sample.start + 20, to: Sample.start + 40)
        #expect(stretch.map(\.decision.number) == [2, 3])
        let page = try history.served(of: "resize", from: Sample.start, to: Sample.start + 2, limit: 3)
        #expect(page == Array(calls.prefix(3)))
        #expect(
            try history.served(of: "resize", from: Sample.start, to: Sample.start + 2, after: page.last)
                == [calls[3]])
        let function = try #require(try history.functions().first)
        #expect(function.decisions == 6 && function.served == 5)
        #expect(function.arrivedAt == Sample.start...Sample.start + 2)
    }

    @Test("Equal settings are one row, other ones another")
    func settings() async throws {
        let journal = try journal()
        var settings = Sample.settings
        for number in 1...3 {
            if number == 3 { settings.deadline = 3 }
            try await journal.begin(settings)
            try await journal.record(Sample.decision(number), Sample.memory(number))
        }
        let rows = try journal.history.decisions(of: "resize").compactMap(\.settings)
        #expect(rows[0] == rows[1] && rows[1] != rows[2])
        #expect(try journal.history.settings(rows[2])?.deadline == 3)
        try await journal.close()
    }

    @Test("A decision that is not written leaves the memory of the one before")
    func bothOrNeither() async throws {
        let journal = try journal()
        try await journal.record(Sample.decision(1), Sample.memory(1))
        await #expect(throws: SteeringFailure.self) {
            try await journal.record(Sample.decision(1, asked: 9), Sample.memory(9))
        }
        #expect(try await journal.last(of: "resize")?.memory == Sample.memory(1))
        #expect(try journal.history.decisions(of: "resize").map(\.decision.asked) == [5])
        try await journal.close()
    }

    @Test("One writer; others are told who")
    func oneWriter() async throws {
        let first = try journal()
        let error = try #require(throws: EpisodeStoreError.self) { _ = try journal() }
        #expect(error.description.contains("faasfarm steer, process \(getpid())"))
        try await first.close()
        try await journal().close()
    }

    @Test("Somebody else's file, and one of a newer version, are refused and left as they are")
    func others() async throws {
        let songs = folder.path("songs.sqlite")
        let queue = try DatabaseQueue(path: songs)
        try await queue.write { try $0.execute(sql: "CREATE TABLE songs (title TEXT)") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: songs))
        #expect(throws: EpisodeStoreError.notEpisodes(path: songs)) { try journal("songs.sqlite") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: songs)) == before)

        try await journal("new.sqlite").close()
        let new = folder.path("new.sqlite")
        let later = try DatabaseQueue(path: new)
        try await later.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try later.close()
        #expect(throws: EpisodeStoreError.newerSchema(path: new, version: 99, supported: 4)) {
            try journal("new.sqlite")
        }
        #expect(throws: EpisodeStoreError.missing(path: folder.path("none"))) {
            try SteeringHistory(path: folder.path("none"))
        }
    }

    @Test("A row that this program does not understand is damage, told with its name")
    func strangeRow() async throws {
        let journal = try journal()
        try await journal.record(Sample.decision(1), Sample.memory(1))
        try await journal.close()
        let queue = try DatabaseQueue(path: folder.path("steer.sqlite"))
        try await queue.write { try $0.execute(sql: "UPDATE decisions SET decision = '{}'") }
        try queue.close()
        let error = try #require(throws: EpisodeStoreError.self) {
            try SteeringHistory(path: folder.path("steer.sqlite")).decisions(of: "resize")
        }
        #expect(error.description.contains("decision 1 of resize"))
    }

    @Test("Old decisions and calls go, what the next decision goes on from stays")
    func pruning() async throws {
        let journal = try journal()
        try await journal.begin(Sample.settings)
        for number in 1...4 { try await journal.record(Sample.decision(number), Sample.memory(number)) }
        try await journal.record(
            (0..<6).map { index in
                ServedTask(
                    function: "resize", id: "\(index)", arrived: Sample.start + 10 * Double(index), waited: 0,
                    service: 1, status: 200, deadline: 2, met: true)
            })
        let gone = try await journal.prune(before: Sample.start + 30)
        #expect(gone == (2, 3))
        #expect(try journal.history.decisions(of: "resize").map(\.decision.number) == [3, 4])
        try await journal.prune(before: .infinity)
        #expect(try journal.history.functions().isEmpty)
        #expect(try await journal.last(of: "resize")?.number == 4)
        try await journal.close()
    }

    @Test(
        "A writer that is killed has lost nothing of what it had said was written, and the next one goes on",
        .timeLimit(.minutes(2)))
    func killed() async throws {
        let path = folder.path("steer.sqlite")
        var said = 0
        for _ in 1...2 {
            let process = Process()
            process.executableURL = try Self.writer
            process.arguments = [path]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            defer {
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                process.waitUntilExit()
            }
            var text = ""
            while text.filter({ $0 == "\n" }).count < 25 {
                let data = output.fileHandleForReading.availableData
                guard !data.isEmpty else { break }
                text += String(decoding: data, as: UTF8.self)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            text += String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            let numbers = text.split(separator: "\n").compactMap { Int($0) }
            #expect(numbers.first == said + 1 || numbers.first == said + 2)
            said = try #require(numbers.last)

            let history = try SteeringHistory(path: path)
            let decisions = try history.decisions(of: "resize", limit: 100_000).map(\.decision)
            #expect(decisions.map(\.number) == Array(1...decisions.count))
            // At most one was written and not said yet.
            #expect((said...said + 1).contains(decisions.count))
            let last = try #require(try history.last(of: "resize"))
            #expect(last.number == decisions.count)
            #expect(last.memory.asked == decisions.last?.asked)
            #expect(last.memory.time == decisions.last?.time)
        }
        let journal = try journal()
        #expect(try await journal.last(of: "resize")?.number ?? 0 >= said)
        try await journal.close()
    }

    /// Built beside the tests.
    private static var writer: URL {
        get throws {
            let own =
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
                ?? CommandLine.arguments[0]
            let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("journal-writer")
            if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return root.appendingPathComponent(".build/debug/journal-writer")
        }
    }
}
