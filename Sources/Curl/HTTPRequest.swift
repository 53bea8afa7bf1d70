/// A call to an HTTP server.
public struct HTTPRequest: Sendable {
    /// As it is sent: upper case.
    public var method: String
    /// http or https; nothing else is followed.
    public var url: String
    /// In the order they are sent.
    public var headers: [(name: String, value: String)]
    /// Sent as it is; no content type is added.
    public var body: [UInt8]
    /// From submission to the last byte of the answer; 1 ms to 24 days.
    public var timeout: Duration
    /// Until the connection stands; when it passes nothing was sent (``HTTPFailure/Kind/notConnected``).
    public var connectTimeout: Duration
    /// A longer answer fails with ``HTTPFailure/Kind/tooLarge``.
    public var maxResponseBytes: Int
    /// Whether it may take a file of the reserve (``OpenFiles/reserve``), because others wait for what it does.
    public var isUrgent = false
    /// What is asked for, as it is sent, in the place of the URL's path and query.
    public var target: String?
    /// Whether no header is added that says something of the caller: no Accept, and no length of a body that is not there.
    public var isVerbatim = false

    public init(
        _ method: String,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(5),
        maxResponseBytes: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxResponseBytes = maxResponseBytes
    }
}

/// An HTTP server's answer, whatever its status.
public struct HTTPResponse: Sendable {
    public let status: Int
    /// In the order they came; several of one name stay several.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, whatever its case.
    public subscript(header: String) -> String? {
        headers.first { $0.name.isSame(as: header) }?.value
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why a call had no answer.
public struct HTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The request cannot be sent as it is.
        case invalidRequest
        /// Name resolution or connecting failed or took too long: nothing was sent.
        case notConnected
        /// The request's timeout passed.
        case timedOut
        /// The connection ended before the answer did; the server may have done the work.
        case connectionLost
        /// The certificate was refused, or TLS failed otherwise.
        case tls
        case tooLarge
        /// This program has no descriptor, memory or port left for the call: nothing was sent, and nobody else is to blame.
        case shortage
        /// The client was shut down.
        case shutDown
    }

    public let kind: Kind
    /// Method, URL and reason.
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

extension String {
    /// Whether both are the same name of a header, in which the case of ASCII letters does not count.
    func isSame(as other: String) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        return utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { lower($0) == lower($1) }
    }
}
