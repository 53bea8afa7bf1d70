/// A request that is answered with an error's status and text.
struct Refusal: Error, Sendable, Equatable {
    let status: Int
    let text: String
    /// Whether a line break follows, as Go's `http.Error` has it.
    let endsLine: Bool

    init(_ status: Int, _ text: String, endsLine: Bool = true) {
        self.status = status
        self.text = text
        self.endsLine = endsLine
    }

    static func notFound(_ name: String) -> Refusal { Refusal(404, "service \(name) not found") }

    /// With `words` before the text.
    func preceded(by words: String) -> Refusal { Refusal(status, words + text, endsLine: endsLine) }
}
