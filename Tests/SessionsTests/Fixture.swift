import Foundation

@testable import Sessions

/// A table with one session, and what is sent to it: each request with the next id unless told otherwise.
struct Fixture {
    static let name = "a-session-whose-id-is-32-letters"

    var table: SessionTable
    var now = Duration.zero
    let key: SessionKey
    private var nextID: UInt64 = 1

    /// With a session that is made.
    init() {
        table = SessionTable(maxSessions: 4, idleTimeout: .seconds(300))
        key = SessionKey(slot: 0)
        _ = table.make(Fixture.name, nonce: Data([1]), digest: Fixture.digest(0), from: Fixture.address(0), at: now)
        _ = table.made(key, true, at: now)
    }

    static func address(_ number: UInt8) -> ReplyAddress { ReplyAddress(envelope: [Data([number])], isJSON: false) }

    /// Of a request whose content is `content`.
    static func digest(_ content: UInt8) -> RequestDigest { withUnsafeBytes(of: content) { RequestDigest($0) } }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - id: nil for the next one, which is used up when the request is kept.
    ///   - from: who sends it.
    mutating func send(
        _ kind: SessionRequest.Kind, id: UInt64? = nil, content: UInt8 = 0, from: UInt8 = 1
    ) -> [Effect] {
        let request = SessionRequest(
            kind, id: id ?? nextID, digest: Fixture.digest(content), from: Fixture.address(from))
        let effects = perform(table.request(request, of: Fixture.name, at: now))
        let usesID = !effects.contains { if case .answer(let answer) = $0 { answer.keeper == .nobody } else { false } }
        if id == nil, usesID { nextID += 1 }
        return effects
    }

    mutating func end(_ end: CallEnd, isWritten: Bool = false) -> [Effect] {
        perform(table.ended(key, end, isWritten: isWritten, at: now))
    }

    mutating func closed() -> [Effect] { perform(table.closed(key)) }

    /// Runs a call from its request to its end.
    mutating func call(_ kind: SessionRequest.Kind, _ end: CallEnd = .success(isOver: false)) -> [Effect] {
        _ = send(kind)
        return self.end(end)
    }

    /// In the specification's words; nil when the session has ended, or ends.
    func state() -> String? {
        var table = table
        return try? table.ping(Fixture.name, at: now)
    }

    /// Effects one by one. What is answered is kept, as bytes that say what they answer.
    mutating func perform(_ effect: Effect) -> [Effect] {
        if case .several(let effects) = effect { return effects.flatMap { perform($0) } }
        if case .answer(let answer) = effect {
            table.keep(Fixture.bytes("\(answer.content)", answer.requestID), of: answer, at: now)
        }
        return effect == .nothing ? [] : [effect]
    }

    static func bytes(_ content: String, _ id: UInt64) -> Data { Data("\(content) to \(id)".utf8) }
}

extension [Effect] {
    /// What is answered, in order.
    var answers: [Answer.Content] { compactMap { if case .answer(let answer) = $0 { answer.content } else { nil } } }

    /// Whether an answer is kept; nil where there is none.
    var isAnswerKept: Bool? {
        for case .answer(let answer) in self { return answer.keeper != .nobody }
        return nil
    }
}

/// The specification of the protocol.
enum Specification {
    /// The rows of the table under a heading, by the names of its columns.
    static func table(under heading: String) throws -> [[String: String]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "protocol/v1/specification.md"), encoding: .utf8)
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0 != "## " + heading }.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
            .map { row in
                row.dropFirst().dropLast().split(separator: "|").map {
                    $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
                }
            }
        guard let names = rows.first else { return [] }
        return rows.dropFirst(2).map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
    }
}
