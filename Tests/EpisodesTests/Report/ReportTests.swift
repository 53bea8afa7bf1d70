import Foundation
import Gymnasium
import Pages
import TestSupport
import Testing

@testable import Episodes

@Suite("Reports")
struct ReportTests {
    let folder: TemporaryFolder
    let store: EpisodeStore

    init() throws {
        folder = try TemporaryFolder()
        store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "faasfarm 9.9")
    }

    @Test(
        "Values become JSON that has their digits",
        arguments: [
            (Value.array(NDArray([Float(0.1), -3])), "[0.1,-3.0]"),
            (Value.array(NDArray([Float.nan, .infinity])), #"["NaN","Infinity"]"#),
            (.integer(.max), "9223372036854775807"),
            (.number(-.infinity), #""-Infinity""#),
            (.text("a\"\\\n\u{1}é"), #""a\"\\\n\u0001é""#),
            (.dictionary(["b": true, "a": .tuple([1, 0.5])]), #"{"a":[1,0.5],"b":true}"#),
            (.dict([]), "{}"),
        ])
    func json(value: Value, text: String) {
        #expect(JSONText.value(value).line == text)
    }

    @Test("Arrays are nested lists")
    func nestedArrays() throws {
        func text(_ shape: [Int]) throws -> String {
            let count = try #require(NDArray.elementCount(of: shape))
            let array = try #require(NDArray(dtype: .uint8, shape: shape, values: (0..<count).map(Double.init)))
            return JSONText.value(.array(array)).line
        }
        #expect(try text([]) == "0")
        #expect(try text([2, 3]) == "[[0,1,2],[3,4,5]]")
        #expect(try text([2, 1, 2]) == "[[[0,1]],[[2,3]]]")
        #expect(try text([0]) == "[]")
        #expect(try text([2, 0]) == "[[],[]]")
    }

    @Test("show as JSON: summary, tasks and T + 1 frames")
    func episodeJSON() async throws {
        let name = try await store.begin(Sample.start())
        let task = Sample.task(1, "failed", onTime: false, reason: "timeout")
        try await store.record(Sample.step(1, reward: 0.25, terminated: true, events: [task]), of: name)
        try await store.end(name, .terminated)
        let text = try EpisodeJSON.episode(store.episode(named: name), in: store)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["episode", "arguments", "options", "scenario", "tasks", "frames"])
        let summary = try #require(object["episode"] as? [String: Any])
        #expect(summary["return"] as? Double == 0.25)
        #expect(summary["seed"] as? String == "7")
        let tasks = try #require(object["tasks"] as? [String: Any])
        #expect(tasks["failed"] as? Int == 1)
        #expect(tasks["qos"] as? Double == 0)
        let frames = try #require(object["frames"] as? [[String: Any]])
        #expect(frames.count == 2)
        #expect(Set(frames[0].keys) == ["frame", "observation", "info"])
        #expect(Set(frames[1].keys) == ["frame", "action", "reward", "terminated", "truncated", "observation", "info"])
    }

    @Test("list as JSON and as a table")
    func lists() async throws {
        #expect(EpisodeJSON.list([]) == "[]")
        #expect(EpisodeText.table([]) == "no episodes")
        try await Sample.record(2, ending: .terminated, in: store)
        try await Sample.record(1, ending: .partial, in: store)
        let list = try store.list()
        let objects = try #require(
            try JSONSerialization.jsonObject(with: Data(EpisodeJSON.list(list).utf8)) as? [[String: Any]])
        #expect(objects.map { $0["id"] as? Int } == [2, 1])
        let lines = EpisodeText.table(list).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix(" 2  faasfarm/Farm-v0  demo      live        7  partial"))
        #expect(objects.map { $0["scenario"] as? String } == ["demo", "demo"])
        #expect(objects.map { $0["backend"] as? String } == ["live", "live"])
        #expect(try store.list(EpisodeFilter(origin: .simulated)).isEmpty)
        #expect(lines[2].contains("terminated"))
    }

    @Test("The QoS of a live episode is in the list: that of its last info's result")
    func qos() async throws {
        let name = try await store.begin(Sample.start())
        var step = Sample.step(1, terminated: true)
        step.result.info.append(Value.Entry("result", .dictionary(["qos": 0.99999])))
        try await store.record(step, of: name)
        try await store.end(name, .terminated)
        let list = try store.list()
        #expect(list.map(\.qos) == [0.99999])
        // Not 100: a task was missed.
        #expect(EpisodeText.table(list).contains(" 99.99  "))
    }

    @Test("show and replay as text")
    func text() async throws {
        let id = try await Sample.record(2, ending: .terminated, in: store)
        let episode = try store.episode(id)
        let summary = EpisodeText.summary(episode)
        #expect(summary.contains("2 steps, 3 observations"))
        #expect(summary.contains("recorded by  faasfarm 9.9"))
        #expect(EpisodeText.tasks(try store.taskAccount(of: id)) == "tasks: none recorded")
        #expect(EpisodeText.ending(episode.summary) == "episode 1 terminated after 2 steps, return -0.2")

        let table = FrameTable(.metrics)
        var rows: [[Substring]] = [table.head.split(separator: " ")]
        try store.forEachFrame(of: id) { rows.append(table.row($0).split(separator: " ")) }
        #expect(rows[0] == ["step", "action", "reward", "flags", "queue", "running", "ready", "desired", "qos"])
        #expect(rows[1] == ["0", "reset", "-", "-", "-", "-", "-"])
        #expect(rows[2] == ["1", "0", "-0.1", "1", "2", "3", "4", "0.5"])
        #expect(rows[3] == ["2", "1", "-0.1", "terminated", "2", "2", "3", "4", "0.5"])
    }
}
