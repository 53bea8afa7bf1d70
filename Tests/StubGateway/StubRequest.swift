/// A request as the stub got it.
public struct StubRequest: Sendable {
    public let method: String
    /// Path and query as they came, escapes and all.
    public let target: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// Numbers the stub's connections from 1: equal numbers came over one connection.
    public let connection: Int
    public let arrival: ContinuousClock.Instant

    public var path: String { String(target.prefix { $0 != "?" }) }

    public var query: String? {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
    }

    /// The first header of that name, whatever its case.
    public subscript(header: String) -> String? {
        let wanted = header.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
