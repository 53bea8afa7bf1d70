import Foundation
import Testing

@testable import Sessions

@Suite("Makes")
struct MakeTests {
    private var table = SessionTable(maxSessions: 2, idleTimeout: .seconds(300))
    private var now = Duration.zero

    private mutating func make(_ id: String, nonce: UInt8?, content: UInt8 = 0, from: UInt8 = 1) -> Effect {
        table.make(
            id, nonce: nonce.map { Data([$0]) } ?? Data(), digest: Fixture.digest(content),
            from: Fixture.address(from), at: now)
    }

    private mutating func answer(_ effect: Effect) -> Answer? {
        if case .several(let effects) = effect { return effects.first.flatMap { answer($0) } }
        guard case .answer(let answer) = effect else { return nil }
        table.keep(Data("reply".utf8), of: answer, at: now)
        return answer
    }

    @Test("A make opens a session when its environment is there; the same nonce gets the same bytes for a minute")
    mutating func nonces() {
        let key = SessionKey(slot: 0)
        #expect(make("a", nonce: 1) == .make(key, id: "a"))
        #expect(table.count == 0 && table.occupied == 1)
        #expect(throws: Refusal.unknownSession) { try table.ping("a", at: now) }
        let made = answer(table.made(key, true, at: now))
        #expect(made?.content == .result && made?.session == "a" && made?.requestID == 0)
        #expect(table.count == 1)
        now += .seconds(59)
        _ = table.expire(at: now)
        #expect(make("b", nonce: 1, from: 7) == .resend(Data("reply".utf8), to: Fixture.address(7)))
        #expect(answer(make("b", nonce: 1, content: 9))?.content == .refused(.nonceReused))
        now += .seconds(2)
        _ = table.expire(at: now)
        #expect(make("b", nonce: 1) == .make(SessionKey(slot: 1), id: "b"))
    }

    @Test("A make under way is answered to the newest who asked with its nonce")
    mutating func underWay() {
        _ = make("a", nonce: 1)
        #expect(make("b", nonce: 1, from: 7) == .nothing)
        #expect(answer(make("b", nonce: 1, content: 9))?.content == .refused(.nonceReused))
        let made = answer(table.made(SessionKey(slot: 0), true, at: now))
        #expect(made?.to == Fixture.address(7) && made?.session == "a")
    }

    @Test("A make that was refused opens nothing and is forgotten")
    mutating func refused() {
        _ = make("a", nonce: 1)
        let ended = table.made(SessionKey(slot: 0), false, at: now)
        let refused = answer(ended)
        #expect(refused?.content == .result && refused?.session == "" && refused?.keeper == .nobody)
        #expect(table.occupied == 0)
        #expect(make("b", nonce: 1, content: 9) == .make(SessionKey(slot: 0), id: "b"))
    }

    @Test("Makes without a nonce are each their own, until the server is full, those under way counted")
    mutating func full() {
        #expect(make("a", nonce: nil) == .make(SessionKey(slot: 0), id: "a"))
        #expect(make("b", nonce: nil) == .make(SessionKey(slot: 1), id: "b"))
        #expect(answer(make("c", nonce: nil))?.content == .refused(.full(sessions: 2)))
        _ = table.made(SessionKey(slot: 0), false, at: now)
        #expect(make("c", nonce: nil) == .make(SessionKey(slot: 0), id: "c"))
    }

    @Test("A nonce has 64 bytes at most")
    mutating func long() {
        func make(_ count: Int, _ table: inout SessionTable) -> Effect {
            table.make(
                "a", nonce: Data(count: count), digest: Fixture.digest(0), from: Fixture.address(1), at: now)
        }
        #expect(answer(make(65, &table))?.content == .refused(.longNonce(bytes: 65)))
        #expect(make(64, &table) == .make(SessionKey(slot: 0), id: "a"))
    }
}
