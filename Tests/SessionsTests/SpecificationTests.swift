import Testing

@testable import Sessions

/// Every state of the specification's table with every event of it: what is done, and what state follows.
@Suite("The specification's table of states")
struct SpecificationTests {
    /// How a session comes into each state. A state that the specification has and this has not fails the tests.
    private static let ways: [String: @Sendable (inout Fixture) -> Void] = [
        "made": { _ in },
        "ready": { _ = $0.call(.reset) },
        "done": {
            _ = $0.call(.reset)
            _ = $0.call(.step, .success(isOver: true))
        },
        "busy": {
            _ = $0.call(.reset)
            _ = $0.send(.step)
        },
    ]

    private static let events: [String: SessionRequest.Kind] = [
        "reset": .reset, "step": .step, "render": .render, "close": .close,
    ]

    /// What each rule of the table means. One that is written otherwise fails the tests.
    private static let rules: [String: @Sendable (SessionRequest.Kind, String, inout Fixture) -> Void] = [
        "to ready": { leadsTo([(.success(isOver: false), "ready")], $0, $1, &$2) },
        "to ready; the old episode is partial": { leadsTo([(.success(isOver: false), "ready")], $0, $1, &$2) },
        "to ready or done": {
            leadsTo([(.success(isOver: false), "ready"), (.success(isOver: true), "done")], $0, $1, &$2)
        },
        "answered": { leadsTo([(.success(isOver: false), $1)], $0, $1, &$2) },
        "RESET_NEEDED": { kind, state, fixture in
            let refusal = Refusal.resetNeeded(kind, SessionState(rawValue: state) ?? .making)
            let refused = fixture.send(kind)
            #expect(refused.answers == [.refused(refusal)] && refused.count == 1)
            #expect(refused.isAnswerKept == true)
            #expect(fixture.state() == state)
        },
        "SESSION_BUSY": { kind, state, fixture in
            let refused = fixture.send(kind)
            #expect(refused.answers == [.refused(.busy)] && refused.count == 1)
            #expect(refused.isAnswerKept == false)
            #expect(fixture.state() == state)
        },
        "ends it": { kind, _, fixture in
            #expect(fixture.send(kind) == [.close(fixture.key)])
            expectClosed(&fixture)
        },
        "cancels, then ends it": { kind, _, fixture in
            #expect(fixture.send(kind) == [.cancel(fixture.key)])
            let ended = fixture.end(.cancelled)
            #expect(ended.answers == [.refused(.cutShort)])
            #expect(ended.last == .close(fixture.key))
            expectClosed(&fixture)
        },
    ]

    /// The event begins a call. Its possible ends lead to these states; refused, nothing changes; failed, the episode is over.
    private static func leadsTo(
        _ ends: [(CallEnd, String)], _ kind: SessionRequest.Kind, _ state: String, _ fixture: inout Fixture
    ) {
        for (end, next) in ends + [(.refused, state), (.failed, "done"), (.cancelled, "done")] {
            var fixture = fixture
            #expect(fixture.send(kind) == [.call(fixture.key)])
            #expect(fixture.state() == "busy")
            let answered = fixture.end(end)
            #expect(answered.answers == [.result] && answered.count == 1 && answered.isAnswerKept == true)
            #expect(fixture.state() == next, "after \(end)")
        }
    }

    private static func expectClosed(_ fixture: inout Fixture) {
        #expect(fixture.state() == nil)
        #expect(fixture.send(.step, id: 1).answers == [.refused(.sessionEnded)])
        let closed = fixture.closed()
        guard case .closed? = closed.answers.first else {
            Issue.record("the close was not answered but \(closed)")
            return
        }
        #expect(closed.last == .forget(fixture.key) && fixture.table.occupied == 0)
        #expect(fixture.send(.step, id: 1).answers == [.refused(.sessionEnded)])
    }

    @Test("Each state does with each event what the table says")
    func states() throws {
        let rows = try Specification.table(under: "States of a session")
        #expect(Set(rows.compactMap { $0["state"] }) == Set(Self.ways.keys), "the states that the specification has")
        for row in rows {
            let state = try #require(row["state"])
            #expect(Set(row.keys) == Set(Self.events.keys).union(["state", "entered by"]), "the events that there are")
            guard let way = Self.ways[state] else { continue }
            for (event, kind) in Self.events {
                let rule = try #require(row[event])
                var fixture = Fixture()
                way(&fixture)
                #expect(fixture.state() == state)
                let check = try #require(Self.rules[rule], "no test knows the rule \"\(rule)\" of \(event) in \(state)")
                check(kind, state, &fixture)
            }
        }
    }
}
