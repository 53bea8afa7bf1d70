import EnvironmentClient
import EnvironmentProtocol

/// - Throws: ``Shortfall``.
func expect(_ condition: Bool, got: @autoclosure () throws -> String, expected: @autoclosure () -> String) throws {
    if !condition { throw Shortfall(got: try got(), expected: expected()) }
}

/// - Throws: ``Shortfall`` when the two differ.
func expectEqual<Thing: Equatable>(_ got: Thing, _ expected: Thing, _ what: String) throws {
    try expect(got == expected, got: "\(what) \(got)", expected: "\(expected)")
}

/// - Returns: the error.
/// - Throws: ``Shortfall`` when the reply is none of this code, and of one of these reasons, with a sentence.
@discardableResult
func expectError(_ reply: WireReply, _ code: WireErrorCode, _ reasons: WireErrorReason...) throws -> WireError {
    let expected = reasons.map { "\(code.schemaName) / \($0.schemaName)" }.joined(separator: " or ")
    guard case .error(let error) = reply.kind else { throw Shortfall(got: reply.summary, expected: expected) }
    try expect(error.code == code && reasons.contains(error.reason), got: reply.summary, expected: expected)
    try expect(!error.message.isEmpty, got: "an error without a message", expected: "a sentence for a person")
    return error
}

extension WireReply {
    /// What the reply is, for people.
    var summary: String {
        switch kind {
        case .error(let error): "\(error.code.schemaName) / \(error.reason.schemaName): \(error.message)"
        case .hello: "a hello reply"
        case .listEnvs: "a list_envs reply"
        case .make: "a make reply"
        case .reset: "a reset reply"
        case .step: "a step reply"
        case .render: "a render reply"
        case .close: "a close reply"
        case .ping: "a ping reply"
        case nil: "an empty reply"
        default: "a reply of another kind"
        }
    }

    /// - Throws: ``Shortfall`` when `path` is nil: another kind of reply.
    func expect<Part>(_ part: Part?, _ name: String) throws -> Part {
        guard let part else { throw Shortfall(got: summary, expected: "a \(name) reply") }
        return part
    }

    func made() throws -> WireMake.Reply { if case .make(let it) = kind { it } else { try expect(nil, "make") } }
    func wasReset() throws -> WireReset.Reply { if case .reset(let it) = kind { it } else { try expect(nil, "reset") } }
    func stepped() throws -> WireStep.Reply { if case .step(let it) = kind { it } else { try expect(nil, "step") } }
    func closed() throws -> WireClose.Reply { if case .close(let it) = kind { it } else { try expect(nil, "close") } }
    func pinged() throws -> WirePing.Reply { if case .ping(let it) = kind { it } else { try expect(nil, "ping") } }
    func greeted() throws -> WireHello.Reply { if case .hello(let it) = kind { it } else { try expect(nil, "hello") } }
}
