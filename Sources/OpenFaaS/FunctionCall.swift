/// A call of a function.
public struct FunctionCall: Sendable {
    public var method: String
    /// Below the function's own path; with or without a slash in front.
    public var path: String
    /// As it stands behind the "?".
    public var query: String?
    /// In the order they are sent.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Sent as `X-Call-Id`; nil lets the gateway make one.
    public var callID: String?
    /// From handing over to the last byte of the answer.
    public var timeout: Duration

    public init(
        method: String = "POST", path: String = "", query: String? = nil, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], callID: String? = nil, timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.callID = callID
        self.timeout = timeout
    }
}
