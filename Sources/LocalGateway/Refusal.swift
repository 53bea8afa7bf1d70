/// A request that is answered with an error's status and text.
struct Refusal: Error, Sendable, Equatable {
    let status: Int
    let text: String

    init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    static func notFound(_ name: String) -> Refusal { Refusal(404, "service \(name) not found") }
}
