/// A piece of HTML or SVG in which everything that came from elsewhere is escaped.
public struct Markup: Sendable {
    /// The source text.
    public let source: String

    private init(source: String) { self.source = source }

    /// Text, with what markup would read as its own replaced, and characters that no document may have as U+FFFD.
    public static func text(_ text: String) -> Markup { Markup(source: escaped(text)) }

    /// Source text that the program itself has, such as a style sheet.
    public static func source(_ text: StaticString) -> Markup { Markup(source: text.description) }

    /// Pieces, one after the other.
    public static func all(_ pieces: [Markup]) -> Markup { Markup(source: pieces.map(\.source).joined()) }

    /// An element. Its name and the names of the attributes are the program's own.
    public static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: [Markup] = []
    ) -> Markup {
        let opening = "<\(name)" + attributes.map { " \($0)=\"\(escaped($1))\"" }.joined() + ">"
        return Markup(source: opening + content.map(\.source).joined() + "</\(name)>")
    }

    /// An element of one text.
    public static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], text: String
    ) -> Markup {
        element(name, attributes, [.text(text)])
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .control: result += "\u{FFFD}"
            case _ where (0xFFFE...0xFFFF).contains(scalar.value & 0xFFFF): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
