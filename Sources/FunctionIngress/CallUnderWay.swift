import Foundation
import HTTPTypes
import Steering

/// A call from its coming to its end, and its account.
struct CallUnderWay {
    private let line: FunctionLine?
    private let ingress: FunctionIngress
    private let clock: IngressClock
    private let arrival: Double
    private let deadline: Double
    private var record: ServedCall
    private var hasBegun = false
    private var hasEnded = false
    private var sentAt: Double?
    private var answeredAt: Double?

    /// - Parameters:
    ///   - line: of its function; nil: nobody keeps account of it.
    ///   - deadline: in seconds from now.
    init(_ line: FunctionLine?, deadline: Double, _ ingress: FunctionIngress) {
        (self.line, self.deadline, self.ingress, clock) = (line, deadline, ingress, ingress.clock)
        arrival = clock.now
        record = ServedCall(
            id: "", function: line?.name ?? "", arrival: line == nil ? 0 : Date().timeIntervalSince1970, waited: 0,
            deadline: deadline, met: false, end: .gone, isAsynchronous: false)
        line?.arrive(at: arrival)
    }

    /// A call that was accepted to be made later, and begins.
    ///
    /// - Parameter arrival: when it came, on the ingress's clock.
    init(_ call: StoredCall, _ line: FunctionLine, arrival: Double, _ ingress: FunctionIngress) {
        (self.line, self.deadline, self.ingress, clock) = (line, call.deadline, ingress, ingress.clock)
        self.arrival = arrival
        record = ServedCall(
            id: call.id, function: line.name, arrival: call.accepted, waited: 0, deadline: call.deadline, met: false,
            end: .gone, isAsynchronous: true)
        hasBegun = true
    }

    var isSteered: Bool { line != nil }

    /// Whether it is worth trying again after so many seconds. Who was told that a call will be made has no deadline for it.
    func hasTime(for seconds: Double) -> Bool {
        record.isAsynchronous || clock.now + seconds < arrival + deadline
    }

    /// Waits for a worker.
    ///
    /// - Returns: what the caller is told where there will be none; nil: the call may be sent.
    mutating func begin(_ connection: IngressConnection) async -> IngressAnswer? {
        guard let line else { return nil }
        let admission = await line.enter(arrival: arrival, until: arrival + deadline, connection)
        connection.onHangUp(nil)
        switch admission {
        case .begins:
            hasBegun = true
            return nil
        case .late:
            finish(.late, status: 503)
            return IngressAnswer(
                .serviceUnavailable, "late",
                "no worker of \(line.name) was free within \(deadline) s; the call was not made")
        case .full:
            finish(.full, status: 429)
            return IngressAnswer(
                .tooManyRequests, "full", "as many calls of \(line.name) wait as may; the call was not made")
        case .gone:
            finish(.gone)
            return IngressAnswer(.init(code: 499, reasonPhrase: "Client Closed Request"), "gone", "")
        case .ended:
            finish(.ended, status: 503)
            return IngressAnswer(.serviceUnavailable, "ended", "the ingress ends; the call was not made")
        }
    }

    /// It goes to the function; again, where the worker was full.
    mutating func sent() { sentAt = clock.now }

    mutating func collide() { line?.collide() }

    /// The answer's last byte has come.
    mutating func answered() { answeredAt = clock.now }

    /// Names the call as others do, unless it has a name.
    mutating func id(_ id: String?) {
        if record.id.isEmpty, let id { record.id = id }
    }

    /// The first end counts.
    mutating func finish(_ end: CallEnd, status: Int? = nil) {
        guard !hasEnded else { return }
        hasEnded = true
        guard let line else { return }
        let now = answeredAt ?? clock.now
        record.waited = max((sentAt ?? now) - arrival, 0)
        record.served = sentAt.map { max(now - $0, 0) }
        (record.status, record.end) = (status, end)
        record.met = end == .answered && !record.hasFailed && record.response <= deadline
        if record.id.isEmpty { record.id = ingress.served.nextID() }
        line.end(record, hadBegun: hasBegun)
        ingress.served.add(record)
    }

    /// Whatever has happened, the call is over.
    mutating func close() { finish(.gone) }
}
