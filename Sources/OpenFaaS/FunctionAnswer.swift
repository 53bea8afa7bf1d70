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

    /// Whether the function itself has answered, and nothing in its place.
    public var isFunctions: Bool { durationSeconds != nil && internalSource == nil }

    /// Whether this is a 200 that nobody gave: a gateway that waits in vain for a function's first replica writes nothing at all,
    /// which its HTTP server takes for success. What it hands on bears its marks, and a function's answer a duration.
    var isNobodys: Bool {
        status == 200 && body.isEmpty && durationSeconds == nil
            && !headers.contains { ["x-start-time", "x-served-by"].contains($0.name.lowercased()) }
    }

    /// How long the call took by `X-Duration-Seconds`, which a queue's worker writes too; nil when nobody says.
    var measuredSeconds: Double? {
        let header = headers.first { $0.name.lowercased() == "x-duration-seconds" }.flatMap { Double($0.value) }
        return durationSeconds ?? header.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
