/// What an attempt at a task sends to a worker: a POST, where the platform speaks HTTP.
public struct TaskCall: Sendable {
    /// In the order they are sent.
    public var headers: [(name: String, value: String)]
    /// As it stands behind the "?".
    public var query: String?
    public var body: [UInt8]
    /// For logs: the task, its episode and the number of the attempt; empty where a gateway is to make one.
    public var id: String
    /// Real time from handing over to the last byte of the answer.
    public var timeout: Duration

    public init(
        headers: [(name: String, value: String)] = [], query: String? = nil, body: [UInt8] = [], id: String = "",
        timeout: Duration = .seconds(30)
    ) {
        self.headers = headers
        self.query = query
        self.body = body
        self.id = id
        self.timeout = timeout
    }
}

/// An attempt at a task, on a worker that is kept for it.
public struct TaskAttempt: Sendable {
    /// No other attempt of the farm has it.
    public let number: Int
    public let episode: Int
    /// The task's place in the books of its episode.
    public let ticket: Int
    /// The place of the worker's unit among the scaler's.
    public let unit: Int
    /// The unit's name.
    public let worker: String
    public let call: TaskCall

    public init(number: Int, episode: Int, ticket: Int, unit: Int, worker: String, call: TaskCall) {
        self.number = number
        self.episode = episode
        self.ticket = ticket
        self.unit = unit
        self.worker = worker
        self.call = call
    }
}

/// What a worker, or something in its place, has answered.
public struct WorkerAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// How long the call took, in real seconds.
    public var seconds: Double

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], seconds: Double) {
        self.status = status
        self.headers = headers
        self.body = body
        self.seconds = seconds
    }

    /// The body's beginning on one line, at most 200 characters.
    public var excerpt: String {
        String(
            String(decoding: body.prefix(4_000), as: UTF8.self).prefix(1_000).split(whereSeparator: \.isWhitespace)
                .joined(separator: " ").prefix(200))
    }
}

/// How an attempt has ended.
public struct AttemptEnd: Sendable {
    /// What of the call came to light about the unit that it was made to.
    public enum Reception: Sendable, Hashable {
        /// It took the call, whatever became of it.
        case taken
        /// It did not begin the work.
        case refused
        /// The platform cannot find it.
        case unfound
        /// There was no platform.
        case away
        /// Nothing: a full worker, a call that this program could not make or gave up.
        case nothing
    }

    public var outcome: AttemptOutcome
    public var reception: Reception
    /// nil when nobody answered.
    public var answer: WorkerAnswer?
    /// How long the work ran in real seconds, where that is known better than by the call's beginning and end.
    public var ranSeconds: Double?
    /// Whether the call was accepted, and nothing was heard of it again in its time.
    public var isLost = false
    /// Why there was no answer, in words for people.
    public var message = ""
    public var notes: [FarmNote] = []

    public init(_ outcome: AttemptOutcome, _ reception: Reception, answer: WorkerAnswer? = nil) {
        self.outcome = outcome
        self.reception = reception
        self.answer = answer
    }
}
