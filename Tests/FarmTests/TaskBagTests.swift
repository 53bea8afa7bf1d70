import Testing

@testable import Farm

struct TaskBagTests {
    @Test("Blank lines are skipped, and count as lines")
    func lines() throws {
        let bag = try TaskBag(jsonLines: "{}\n\n  \t\n{\"at\": 0.5}\n", firstLine: 10)
        #expect(bag.tasks.map(\.id) == ["task-10", "task-13"])
        #expect(bag.tasks.map(\.at) == [0, 0.5])
    }

    @Test("Numbers keep their last digit")
    func numbers() throws {
        let entry = try TaskBag(jsonLines: #"{"at": 12.187779806867164, "deadline": 1e-9, "seconds": 5}"#).tasks[0]
        #expect(entry.at == 12.187779806867164 && entry.deadline == 1e-9 && entry.seconds == 5)
    }

    @Test("Windows' line ends separate lines as well")
    func carriageReturns() throws {
        #expect(try TaskBag(jsonLines: "{\"id\": \"a\"}\r\n\r\n{\"id\": \"b\"}\r\n").tasks.map(\.id) == ["a", "b"])
    }

    @Test("Order is that of at; equal times keep their lines' order")
    func order() throws {
        let lines = (0..<40).map { "{\"id\": \"\($0)\", \"at\": \($0 % 3)}" }
        let expected = (0..<3).flatMap { at in (0..<40).filter { $0 % 3 == at }.map { "\($0)" } }
        #expect(try TaskBag(jsonLines: lines.joined(separator: "\n")).tasks.map(\.id) == expected)
    }

    @Test(arguments: [
        (#""text""#, "text"), (#""""#, ""), (#""a\nb é""#, "a\nb é"),
        (#"{"b": 1, "a": [true, "]}"]}"#, #"{"b": 1, "a": [true, "]}"]}"#),
        ("[1, 2]", "[1, 2]"), ("12.187779806867164", "12.187779806867164"),
        ("123456789012345678901", "123456789012345678901"),
        (#""\\\"}""#, #"\"}"#), ("{}", "{}"), ("[[], {}]", "[[], {}]"), ("5", "5"), ("true", "true"), ("null", "null"),
        (#""a\u2028b""#, "a\u{2028}b"),
    ])
    func payloads(json: String, body: String) throws {
        #expect(try TaskBag(jsonLines: "{\"payload\": \(json)}").tasks.map(\.payload) == [Array(body.utf8)])
    }

    @Test(arguments: [
        ("[1]", "not a JSON object: [1]"), ("{", "not a JSON object"), ("{} {}", "not a JSON object"),
        ("task", "not a JSON object: task"),
        (#"{"deadlin": 3}"#, "unknown key \"deadlin\"; did you mean \"deadline\"?"),
        (#"{"at": 1, "at": 2}"#, "the key \"at\" comes twice"), ("{\"at\": 1}\u{0}", "not a JSON object"),
        (#"{"headers": {"A": "b", "A": "c"}}"#, "the header A comes twice"), ("{\"at\": 01}", ""),
        (#"{"at": 1,}"#, "not a JSON object"),
        (#"{"colour": 3}"#, "there are: payload, seconds, headers, deadline, at, id"),
        (#"{"at": -1}"#, "at must be a number from 0 to 1000000000, got -1"), (#"{"at": "1"}"#, "at must be a number"),
        (#"{"at": true}"#, "at must be a number"), (#"{"seconds": null}"#, "seconds must be a number"),
        (#"{"seconds": 2e9}"#, "seconds must be a number"), (#"{"deadline": [1]}"#, "deadline must be a number"),
        (#"{"id": "one"}"#, "the id \"one\" comes twice"),
        (#"{"id": 5}"#, "id must be text of 1 to 128 visible ASCII characters, got 5"),
        (#"{"id": ""}"#, "id must be"), (#"{"id": "a b"}"#, "id must be"), (#"{"id": "a\r\nX-B: c"}"#, "id must be"),
        (#"{"id": "é"}"#, "id must be"), (#"{"headers": {"A": 1}}"#, "headers must be an object of strings"),
        (#"{"headers": []}"#, "headers must be an object of strings"),
        (#"{"headers": {"A B": "c"}}"#, "a header's name"),
        (#"{"headers": {"": "c"}}"#, "a header's name"), (#"{"headers": {"A": "b\r\nC: d"}}"#, "control character"),
        (#"{"headers": {"content-length": "5"}}"#, "the farm's own"),
        (#"{"headers": {"X-Task-Id": "x"}}"#, "the farm's own"),
    ])
    func refusals(line: String, reason: String) {
        let error = #expect(throws: ScenarioError.self) {
            try TaskBag(jsonLines: "{\"id\": \"one\"}\n\(line)\n{}", firstLine: 7, file: "tasks.jsonl")
        }
        #expect(error?.file == "tasks.jsonl" && error?.line == 8)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(arguments: ["", "\n\n", "  "])
    func empty(text: String) {
        let error = #expect(throws: ScenarioError.self) { try TaskBag(jsonLines: text) }
        #expect(error?.reason.contains("empty") == true)
    }

    @Test(
        "A bag in a scenario file is refused with the file's line",
        arguments: [
            ("  bag: |\n    {}\n    {\"att\": 1}", 4), ("  bag: |\n\n\n    {}\n    {\"att\": 1}", 6),
            ("  bag: '{\"att\": 1}'", 2),
            ("  # tasks\n  bag: |  # in JSON Lines\n    {\"att\": 1}", 4),
        ])
    func inAFile(text: String, line: Int) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: "arrivals:\n\(text)\nstep: 1", file: "x") }
        #expect(error?.line == line, "\(String(describing: error))")
    }
}
