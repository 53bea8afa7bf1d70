/// What came back of a call, whatever its status.
public struct FunctionAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The id that was sent, else the gateway's.
    public var callID: String?
    /// `X-Duration-Seconds`, which the function's watchdog measured; nil when absent or not a number.
    public var durationSeconds: Double?
    /// `X-Openfaas-Internal`: which part answered in the function's place.
    public var internalSource: String?
    /// From handing over to the last byte, by the client's clock.
    public var seconds: Double

    public init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], callID: String? = nil,
        durationSeconds: Double? = nil, internalSource: String? = nil, seconds: Double = 0
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.callID = callID
        self.durationSeconds = durationSeconds
        self.internalSource = internalSource
        self.seconds = seconds
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
