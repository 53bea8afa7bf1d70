import Testing

@testable import Pages

@Suite struct MarkupTests {
    @Test("text and attributes are escaped")
    func escaped() {
        let element = Markup.element("p", ["class": "a\"b'c<&>"], text: "<b>&\"'\u{0}\u{1B}\u{FFFE}é😀\n")
        #expect(
            element.source
                == "<p class=\"a&quot;b&#39;c&lt;&amp;&gt;\">&lt;b&gt;&amp;&quot;&#39;\u{FFFD}\u{FFFD}\u{FFFD}é😀\n</p>")
    }

    @Test(
        "coordinates are short, and numbers whatever comes",
        arguments: [
            (1.0, "1"), (1.26, "1.3"), (-0.04, "0"), (.infinity, "100000"), (-1e300, "-100000"), (.nan, "0"),
        ])
    func coordinates(value: Double, expected: String) {
        #expect(SVG.number(value) == expected)
    }
}
