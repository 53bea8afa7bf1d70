/// How a call ended.
public enum CallEnd: String, Sendable, Hashable, Codable, CaseIterable {
    /// The function, or the gateway in its place, has answered.
    case answered
    /// No answer came: the gateway is away, or the connection broke.
    case unanswered
    /// It waited for a worker until its deadline had passed.
    case late
    /// As many calls waited as may.
    case full
    /// The caller went away before it was answered.
    case gone
    /// The ingress ended.
    case ended
}

/// A call that has ended, for records.
public struct ServedCall: Sendable, Hashable, Codable {
    /// The caller's X-Call-Id, else the gateway's, else one of the ingress.
    public var id: String
    public var function: String
    /// Seconds since 1970.
    public var arrival: Double
    /// From its coming until it was sent to the function, or was not; in seconds.
    public var waited: Double
    /// From the sending to the answer's last byte, in seconds; nil: it was not sent.
    public var served: Double?
    /// What the caller was answered; nil: nothing.
    public var status: Int?
    /// In seconds from its coming.
    public var deadline: Double
    /// Whether it was answered well, and within the deadline.
    public var met: Bool
    public var end: CallEnd
    /// Whether the caller was answered 202 at once.
    public var isAsynchronous: Bool

    /// From its coming to its end, in seconds.
    public var response: Double { waited + (served ?? 0) }

    /// Whether it failed: without an answer of the function, or with one that says so.
    public var hasFailed: Bool {
        switch end {
        case .answered: status.map { $0 >= 500 || $0 == 429 } ?? true
        case .gone: false
        case .unanswered, .late, .full, .ended: true
        }
    }
}
