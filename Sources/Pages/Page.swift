/// A page that needs nothing else: it loads nothing, runs no script, and follows the reader's dark or light setting.
///
///     let page = Page(
///         title: "Farm", subtitle: "Twelve episodes.",
///         sections: [Page.section("QoS", "Higher is better.", [.element("p", text: "0.98")])])
///     try page.text.write(toFile: "farm.html", atomically: true, encoding: .utf8)
public struct Page: Sendable {
    /// Of the window.
    public let title: String
    public let heading: String
    /// A sentence under the heading.
    public let subtitle: String
    /// After the sheet that all pages have.
    public var styles: [Markup] = []
    public var sections: [Markup]

    /// - Parameter heading: nil: the title.
    public init(title: String, heading: String? = nil, subtitle: String, styles: [Markup] = [], sections: [Markup]) {
        self.title = title
        self.heading = heading ?? title
        self.subtitle = subtitle
        self.styles = styles
        self.sections = sections
    }

    /// A card with a heading, and under it what a reader should see in it.
    public static func section(_ title: String, _ caption: String?, _ content: [Markup]) -> Markup {
        let caption = caption.map { [Markup.element("p", ["class": "caption"], text: $0)] } ?? []
        return .element("section", [:], [.element("h2", text: title)] + caption + content)
    }

    /// The source, with a line end after it.
    public var text: String {
        let head = Markup.element(
            "head", [:],
            [
                .source(
                    "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"),
                .element("title", text: title), .element("style", [:], [PageStyle.sheet] + styles),
            ])
        let heading = Markup.element("header", [:], [.element("h1", text: heading), .element("p", text: subtitle)])
        let body = Markup.element("body", [:], [.element("main", [:], [heading] + sections)])
        return "<!doctype html>\n" + Markup.element("html", ["lang": "en"], [head, body]).source + "\n"
    }
}
