import Curl
import DaemonHTTP
import Farm
import Foundation
import Logging
import Steering
import Testing

@testable import SteeringControl

/// A running one and who speaks to it, over a real socket.
@Suite struct ControlTests {
    private struct Still: LoadSource, WorkerSetter, Recommender, DecisionJournal {
        let name = "still"
        let digest = "d"
        let absences: MetricAbsences = []
        func read() async throws(SteeringFailure) -> Sighting { Sighting(time: 1_000, seconds: 1) }
        func look() async throws(SteeringFailure) -> WorkersSeen { WorkersSeen(time: 1_000, asked: 2, ready: 2) }
        func ask(for _: Int) async throws(SteeringFailure) -> WorkersSeen? { nil }
        func recommend(after _: WindowMetrics) async throws -> Int { 7 }
        func record(_: SteeringDecision, _: SteeringMemory) async throws(SteeringFailure) {}
        func complete(_: String, _: Int, _: SteeringDecision.Outcome) async throws(SteeringFailure) {}
        func last(of _: String) async throws(SteeringFailure) -> (number: Int, memory: SteeringMemory)? { nil }
    }

    private func withControl(_ body: (_ journal: String, SteeringBoard) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = folder.appending(path: "steer.sqlite").path
        var settings = SteeringSettings(function: "resize")
        (settings.period, settings.holdDown) = (0.05, 0)
        let (board, still) = (SteeringBoard(), Still())
        let logger = Logger(label: "test")
        let steerer = Steerer(
            .init(
                settings: settings, source: still, setter: still, policy: still, journal: still, mode: .advise),
            board: board, logger: logger, now: { 1_000 })
        let file = ControlFile(beside: journal)
        let routes = ControlRoutes(SteeringDesk(board: board, steerers: ["resize": steerer]), file: file)
        let http = DaemonHTTP(
            [.init("control", HTTPAddress(host: "127.0.0.1", port: 0), routes)], idleLimit: .seconds(10),
            logger: logger)
        let changes = board.changes()
        let runs = [Task { try await steerer.run() }, Task { try await http.run() }]
        defer { for run in runs { run.cancel() } }
        try await http.waitUntilBound()
        for await _ in changes { break }
        try await body(journal, board)
    }

    /// Waits until the board says what is expected.
    private func wait(_ board: SteeringBoard, until isSo: (SteeringBoard.Entry) -> Bool) async {
        for await _ in board.changes() {
            if let entry = board.entry("resize"), isSo(entry) { return }
        }
    }

    @Test(.timeLimit(.minutes(1))) func tellsAndDoes() async throws {
        try await withControl { journal, board in
            let client = try ControlClient(journal: journal)
            let status = try await client.status()
            #expect(status.functions.map(\.function) == ["resize"])
            #expect(status.functions.first?.mode == .advise)
            #expect(status.text.contains("advised by still"))
            try await client.take(.promote, of: "resize")
            await wait(board) { $0.mode == .steer }
            try await client.take(.pause(.down), of: "resize")
            await wait(board) { $0.pause == .down }
            try await client.take(.resume, of: "resize")
            await wait(board) { $0.pause == nil }
            try await client.take(.revert, of: "resize")
            await wait(board) { $0.mode == .advise }
        }
    }

    @Test(.timeLimit(.minutes(1))) func refusesStrangersAndUnknownFunctions() async throws {
        try await withControl { journal, _ in
            let client = try ControlClient(journal: journal)
            let error = await #expect(throws: ControlFile.Failure.self) {
                try await client.take(.promote, of: "re/size")
            }
            #expect(error?.description == "\"re/size\" is not steered here; there are resize")
            let content = try ControlFile.read(journal + ".control")
            let http = HTTPClient()
            for token in ["", "Bearer ", "Bearer \(content.token)x"] {
                let answer = try await http.send(
                    HTTPRequest(
                        "GET", content.url + "/steer", headers: [("Authorization", token)], timeout: .seconds(5)))
                #expect(answer.status == 401)
            }
            http.shutDown()
            let mode = try FileManager.default.attributesOfItem(atPath: journal + ".control")[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func saysThatNoneRuns() {
        let error = #expect(throws: ControlFile.Failure.self) { try ControlClient(journal: "/nowhere/steer.sqlite") }
        #expect(error?.description.contains("/nowhere/steer.sqlite.control is not there") == true)
    }
}
