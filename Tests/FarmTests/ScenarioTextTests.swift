import Testing

@testable import Farm

/// Texts that are no YAML, or YAML that costs more to read than it looks.
struct ScenarioTextTests {
    private func refusal(of text: String) -> ScenarioError? {
        do {
            _ = try Scenario(yaml: text, file: "x.yaml")
            return nil
        } catch {
            return error as? ScenarioError
        }
    }

    @Test(arguments: [
        ("name: [broken", 1, "not YAML"), ("name: a\n  b: c\n", 2, "not YAML"), ("a: 'b\n\n", 3, "not YAML"),
        ("\ta: 1", 1, "not YAML"), ("name: a\nsummary: \"\u{7}\"", 2, "not YAML"), ("- a\n- b", 1, "must be a mapping"),
        ("text", 1, "must be a mapping"), ("name: a\n---\nname: b\n", 2, "another document"),
    ])
    func noScenario(text: String, line: Int, reason: String) throws {
        let error = try #require(refusal(of: text))
        #expect(error.line == line, "\(error)")
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test(arguments: ["", "\n\n", "# nothing\n"])
    func emptyTexts(text: String) throws {
        #expect(try #require(refusal(of: text)).reason.contains("empty"))
    }

    @Test("A text of more than 4 MiB is refused unread")
    func size() throws {
        let error = try #require(refusal(of: "#" + String(repeating: "x", count: 4 << 20)))
        #expect(error.reason.contains("4194305 bytes"))
    }

    @Test("Depth is bounded", arguments: ["[", "{a: ", "- ", "? ", "[{a: "])
    func depth(piece: String) throws {
        let error = try #require(refusal(of: "summary: x\nwork: \n  " + String(repeating: piece, count: 200_000)))
        #expect(error.reason.utf8.count < 500)
    }

    @Test(
        "Aliases that would stand for 10¹² nodes are refused at once, values and keys alike",
        arguments: ["*l11", "{? *l11 : 1}"])
    func bomb(use: String) throws {
        var lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...11 {
            lines.append(
                "l\(level): &l\(level) [\(Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", "))]")
        }
        let error = try #require(refusal(of: (lines + ["summary: \(use)"]).joined(separator: "\n")))
        #expect(error.line == 13)
        #expect(error.reason.contains("anchors and aliases"))
    }

    @Test(arguments: [
        ("name: a\nsummary: &b text", 2), ("name: a\nsummary: *b", 2), ("step: &s 5", 1), ("&n name: a", 1),
        ("workers: &w\n  max: 1\n", 2), ("workers: &w {max: 1}", 1),
    ])
    func anchors(text: String, line: Int) throws {
        let error = try #require(refusal(of: text))
        #expect(error.line == line, "\(error)")
        #expect(error.reason.contains("anchors and aliases"), "\(error)")
    }

    @Test("Ampersands and asterisks in text stay what they are")
    func ampersands() throws {
        for summary in ["'&a & *b'", "\"&a & *b\"", "fish & chips *and* more", "|\n  &a & *b \u{F0000}\n  # &"] {
            let file = Scenario.validFile.replacing("summary: a shop", with: "summary: \(summary) # & *x")
            let expected = ["'&a & *b'": "&a & *b", "\"&a & *b\"": "&a & *b"][summary]
            if summary.hasPrefix("|") {
                let block = Scenario.validFile.replacing("summary: a shop", with: "summary: \(summary)")
                #expect(try Scenario(yaml: block, file: "x").summary == "&a & *b \u{F0000}\n# &\n")
            } else {
                #expect(try Scenario(yaml: file, file: "x").summary == expected ?? summary)
            }
        }
    }

    @Test("Many keys are refused in time that grows with their number")
    func manyKeys() throws {
        let text = (0..<100_000).map { "k\($0): 1" }.joined(separator: "\n")
        #expect(try #require(refusal(of: text)).reason.contains("unknown key \"k0\""))
    }
}
