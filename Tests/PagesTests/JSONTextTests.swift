import Pages
import Testing

@Suite struct JSONTextTests {
    @Test("plain values stand on one line, others are indented")
    func layout() {
        let text = JSONText.object([
            ("a", .number(0.1)), ("b", .list([.object([("c", .integer(1)), ("d", .null)])])), ("e", .list([])),
        ]).text
        #expect(text == "{\n  \"a\": 0.1,\n  \"b\": [\n    {\"c\": 1, \"d\": null}\n  ],\n  \"e\": []\n}")
    }

    @Test("everything on one line, for programs")
    func line() {
        let text = JSONText.object([("a", .list([.integer(1), .object([("b", .boolean(true))])])), ("c", .null)])
        #expect(text.line == "{\"a\":[1,{\"b\":true}],\"c\":null}")
        #expect(JSONText.string("\"\\\n\u{1}é").line == "\"\\\"\\\\\\n\\u0001é\"")
    }

    @Test(
        "numbers JSON has none for are texts",
        arguments: [(Double.nan, "NaN"), (Double.infinity, "Infinity"), (-Double.infinity, "-Infinity")])
    func finite(value: Double, text: String) {
        #expect(JSONText.number(value).line == "\"\(text)\"")
    }
}
