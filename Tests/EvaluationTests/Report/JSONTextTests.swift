import Testing

@testable import Evaluation

@Suite struct JSONTextTests {
    @Test("plain values stand on one line, others are indented")
    func layout() {
        let text = JSONText.object([
            ("a", .number(0.1)), ("b", .list([.object([("c", .integer(1)), ("d", .null)])])), ("e", .list([])),
        ]).text
        #expect(text == "{\n  \"a\": 0.1,\n  \"b\": [\n    {\"c\": 1, \"d\": null}\n  ],\n  \"e\": []\n}")
    }

    @Test("numbers JSON has no text for are null", arguments: [Double.nan, .infinity, -.infinity])
    func finite(value: Double) {
        #expect(JSONText.number(value).text == "null")
    }
}
