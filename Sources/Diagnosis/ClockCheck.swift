import Foundation

/// Whether this machine's clocks do what deadlines and recordings rely on.
struct ClockCheck {
    /// Seconds that clocks may differ from one another. An HTTP date has whole seconds, and a call takes some.
    static let tolerance = 5.0

    private let wall = Date()
    private let steady = ContinuousClock.now

    /// The steady clock never goes back; and since this was made, the wall clock has gone as far as it.
    func run() -> Finding {
        var last = ContinuousClock.now
        for _ in 0..<10_000 {
            let now = ContinuousClock.now
            guard now >= last else {
                return .fail(
                    "clock",
                    "the monotonic clock went back by \(last - now); windows and deadlines cannot be trusted here")
            }
            last = now
        }
        let drift = Date().timeIntervalSince(wall) - (last - steady) / .seconds(1)
        guard abs(drift) < 1 else {
            return .fail(
                "clock",
                "the wall clock was set by \(Self.seconds(drift)) during this check; let a time service keep it "
                    + "(chrony, systemd-timesyncd)")
        }
        return .ok("clock", "monotonic; the wall clock goes along")
    }

    /// The skew of this machine's clock against a server's, by the `Date` header of an answer.
    ///
    /// - Parameters:
    ///   - header: the header; nil when there was none.
    ///   - asked: when the request was sent.
    ///   - answered: when its answer had come.
    static func skew(_ header: String?, asked: Date, answered: Date) -> Finding {
        let check = "gateway's clock"
        guard let header else { return .skip(check, "the gateway sends no Date header") }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: header) else {
            return .skip(check, "the gateway's Date header cannot be read: \"\(header.prefix(60))\"")
        }
        // Anywhere in the second that the header names, at any time of the call.
        let ahead = asked.timeIntervalSince(date) - 1
        let behind = date.timeIntervalSince(answered)
        let skew = max(ahead, behind, 0)
        guard skew > tolerance else {
            return .ok(check, "within \(Self.seconds(max(skew, 1))) of this machine's")
        }
        return .fail(
            check,
            "this machine's clock is \(seconds(skew)) \(ahead > behind ? "ahead of" : "behind") the gateway's; "
                + "creation times and logs will not agree: let a time service keep both (chrony, systemd-timesyncd)")
    }

    private static func seconds(_ value: Double) -> String {
        "\((value * 10).rounded() / 10) s"
    }
}
