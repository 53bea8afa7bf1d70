/// One rule of the specification, and how it is tried.
struct ValidationCase: Sendable {
    let name: String
    let rule: String
    /// Throws a ``Shortfall`` where the server breaks the rule, ``NotApplicable`` where it cannot be tried.
    let check: @Sendable (Subject) throws -> Void

    init(_ name: String, _ rule: String, _ check: @escaping @Sendable (Subject) throws -> Void) {
        self.name = name
        self.rule = rule
        self.check = check
    }

    /// In the order of the specification.
    static let all: [ValidationCase] = [
        envelopes, encodings, greetings, making, states, episodes, actions, requestIDs, running, endings, malformed,
        seeding,
        vectors, autoresets, leases,
    ].flatMap(\.self)
}

/// What a server did, against a rule.
struct Shortfall: Error {
    let got: String
    let expected: String
}

/// Why a rule could not be tried.
struct NotApplicable: Error {
    let why: String

    init(_ why: String) { self.why = why }
}

/// No reply came in time.
struct Silence: Error {
    let seconds: Double
}
