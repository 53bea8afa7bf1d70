/// What the stub does with a request.
public struct StubAnswer: Sendable {
    public enum Ending: Sendable, Hashable {
        /// Answers and keeps the connection.
        case keepAlive
        /// Answers and closes.
        case close
        /// Closes without a word.
        case hangUp
        /// Never answers, and keeps the connection.
        case silence
    }

    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Before it answers or hangs up; other requests are served meanwhile.
    public var delay: Duration
    public var ending: Ending

    public init(
        _ status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = [], delay: Duration = .zero,
        ending: Ending = .keepAlive
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.delay = delay
        self.ending = ending
    }

    public static func text(
        _ text: String, status: Int = 200, headers: [(name: String, value: String)] = [], delay: Duration = .zero
    ) -> StubAnswer {
        StubAnswer(
            status, headers: headers + [("Content-Type", "text/plain; charset=utf-8")], body: Array(text.utf8),
            delay: delay)
    }

    public static func json(
        _ text: String, status: Int = 200, headers: [(name: String, value: String)] = [], delay: Duration = .zero
    ) -> StubAnswer {
        StubAnswer(
            status, headers: headers + [("Content-Type", "application/json")], body: Array(text.utf8), delay: delay)
    }

    public static func hangUp(after delay: Duration = .zero) -> StubAnswer { StubAnswer(delay: delay, ending: .hangUp) }

    public static var silence: StubAnswer { StubAnswer(ending: .silence) }

    /// The answer's bytes on the wire.
    func encoded(withBody: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) Stub\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(body.count)\r\n"
        if ending == .close { head += "Connection: close\r\n" }
        return Array((head + "\r\n").utf8) + (withBody ? body : [])
    }
}
