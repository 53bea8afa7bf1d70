import Foundation

/// What came of a case.
public enum Verdict: Sendable, Hashable {
    case pass
    case fail(got: String, expected: String)
    /// The rule could not be tried here.
    case skip(String)

    /// PASS, FAIL or SKIP.
    public var word: String {
        switch self {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .skip: "SKIP"
        }
    }
}

/// A rule of the specification, and whether the server keeps it.
public struct ValidationResult: Sendable, Hashable {
    /// SUBJECT/CASE, stable from version to version.
    public let name: String
    /// The rule, as protocol/v1/specification.md has it.
    public let rule: String
    public let verdict: Verdict
    /// Of real time.
    public let seconds: Double

    /// One line for a case that passed; with the rule, what was got and what was expected for one that failed.
    public var text: String {
        switch verdict {
        case .pass: "PASS  \(name)"
        case .skip(let why): "SKIP  \(name): \(why)"
        case .fail(let got, let expected):
            """
            FAIL  \(name)
                  rule      \(rule)
                  got       \(got)
                  expected  \(expected)
            """
        }
    }
}

/// The results of all cases, in their order.
public struct ValidationReport: Sendable, Hashable {
    public let endpoint: String
    /// What hello told: name and version.
    public let server: String
    /// The environment that the cases used.
    public let environmentID: String
    public let results: [ValidationResult]

    /// Whether a rule is broken.
    public var hasFailures: Bool { count("FAIL") > 0 }

    /// How many of each there are, in a sentence.
    public var summary: String {
        "\(server) at \(endpoint) with \(environmentID): \(count("PASS")) passed, \(count("FAIL")) failed, "
            + "\(count("SKIP")) skipped"
    }

    /// An object with endpoint, server, environment, passed, failed, skipped, and results: a list of objects with name,
    /// rule, verdict (PASS, FAIL, SKIP), seconds, and got and expected, or why.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
    }

    fileprivate func count(_ word: String) -> Int { results.count { $0.verdict.word == word } }
}

private struct Document: Encodable {
    struct Item: Encodable {
        var name, rule, verdict: String
        var seconds: Double
        var got, expected, why: String?
    }

    var endpoint, server, environment: String
    var passed, failed, skipped: Int
    var results: [Item]

    init(_ report: ValidationReport) {
        endpoint = report.endpoint
        server = report.server
        environment = report.environmentID
        passed = report.count("PASS")
        failed = report.count("FAIL")
        skipped = report.count("SKIP")
        results = report.results.map { result in
            var item = Item(
                name: result.name, rule: result.rule, verdict: result.verdict.word,
                seconds: (result.seconds * 1_000).rounded() / 1_000)
            switch result.verdict {
            case .pass: break
            case .fail(let got, let expected): (item.got, item.expected) = (got, expected)
            case .skip(let why): item.why = why
            }
            return item
        }
    }
}
