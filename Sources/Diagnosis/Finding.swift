import Foundation

/// What a check has found: one line.
public struct Finding: Encodable, Sendable {
    public enum Status: String, Encodable, Sendable {
        case ok = "OK"
        case fail = "FAIL"
        /// Nothing fails now; under circumstances that the message names, something will.
        case warn = "WARN"
        /// Not looked at: nothing was said of it, or something before it failed.
        case skip = "SKIP"
    }

    /// What was looked at, such as "libzmq".
    public let check: String
    public let status: Status
    /// What is there; for a failure what is wrong and what to do.
    public let message: String

    static func ok(_ check: String, _ message: String) -> Finding {
        Finding(check: check, status: .ok, message: message)
    }

    static func fail(_ check: String, _ message: String) -> Finding {
        Finding(check: check, status: .fail, message: message)
    }

    static func warn(_ check: String, _ message: String) -> Finding {
        Finding(check: check, status: .warn, message: message)
    }

    static func skip(_ check: String, _ message: String) -> Finding {
        Finding(check: check, status: .skip, message: message)
    }

    /// Status, check and message in columns.
    public var line: String {
        let status = status.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0)
        let check = check.count < 18 ? check.padding(toLength: 18, withPad: " ", startingAt: 0) : check + " "
        let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return status + check + words
    }
}

/// All findings, for programs.
public struct DiagnosisReport: Encodable, Sendable {
    /// Whether nothing failed.
    public let ok: Bool
    public let checks: [Finding]

    init(_ findings: [Finding]) {
        ok = !findings.contains { $0.status == .fail }
        checks = findings
    }
}
