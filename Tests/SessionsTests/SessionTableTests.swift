import Foundation
import Testing

@testable import Sessions

@Suite("Request ids, retries and leases")
struct SessionTableTests {
    /// A session that has been reset and stepped, so that its last id is 2.
    private func stepped(isWritten: Bool = false) -> Fixture {
        var fixture = Fixture()
        _ = fixture.call(.reset)
        _ = fixture.send(.step)
        _ = fixture.end(.success(isOver: false), isWritten: isWritten)
        return fixture
    }

    @Test("The next id is executed, and so is 0, as often as it comes", arguments: [3, 0] as [UInt64])
    func executed(id: UInt64) {
        var fixture = stepped()
        for _ in 0..<(id == 0 ? 2 : 1) {
            #expect(fixture.send(.step, id: id) == [.call(fixture.key)])
            _ = fixture.end(.success(isOver: false))
        }
    }

    @Test(
        "Older ids, skipped ids and changed contents are refused, and use no id up",
        arguments: [
            (1, 0, Refusal.staleRequest(id: 1, last: 2)), (4, 0, .requestGap(id: 4, expected: 3)),
            (.max, 0, .requestGap(id: .max, expected: 3)), (2, 9, .requestChanged(id: 2)),
        ] as [(UInt64, UInt8, Refusal)])
    func refused(id: UInt64, content: UInt8, refusal: Refusal) {
        var fixture = stepped()
        let refused = fixture.send(.step, id: id, content: content)
        #expect(refused.answers == [.refused(refusal)] && refused.isAnswerKept == false)
        #expect(fixture.send(.step, id: 3) == [.call(fixture.key)])
    }

    @Test("The last request again gets the stored reply, wherever it is, to whoever asks")
    func resent() {
        var fixture = stepped()
        #expect(fixture.send(.step, id: 2, from: 7) == [.resend(Fixture.bytes("result", 2), to: Fixture.address(7))])
        fixture = stepped(isWritten: true)
        #expect(fixture.send(.step, id: 2, from: 7) == [.resendStep(fixture.key, to: Fixture.address(7))])
    }

    @Test("A request that comes again while it runs is answered once, to the newest who asked")
    func newest() {
        var fixture = Fixture()
        _ = fixture.send(.reset, id: 1)
        #expect(fixture.send(.reset, id: 1, from: 7) == [])
        let ended = fixture.end(.success(isOver: false))
        #expect(ended.count == 1)
        guard case .answer(let answer)? = ended.first else { return }
        #expect(answer.to == Fixture.address(7) && answer.requestID == 1 && answer.session == Fixture.name)
    }

    @Test("What a session does not offer is refused, with its id")
    func notOffered() {
        var fixture = stepped()
        #expect(fixture.send(.other).answers == [.refused(.notOffered)])
        #expect(fixture.send(.step, id: 4) == [.call(fixture.key)])
    }

    @Test("A silent session is closed, a busy one is not silent, and every request renews the lease, a refused one too")
    func leases() {
        var fixture = stepped()
        fixture.now += .seconds(299)
        #expect(fixture.send(.step, id: 9).isAnswerKept == false)
        fixture.now += .seconds(299)
        #expect(fixture.table.expire(at: fixture.now) == [])
        _ = fixture.send(.step)
        fixture.now += .seconds(1_000)
        #expect(fixture.table.expire(at: fixture.now) == [])
        _ = fixture.end(.success(isOver: false))
        fixture.now += .seconds(301)
        #expect(fixture.table.expire(at: fixture.now) == [.close(fixture.key)])
        #expect(fixture.table.expire(at: fixture.now) == [])
        #expect(fixture.closed() == [.forget(fixture.key)])
        for kind in [SessionRequest.Kind.step, .close] {
            #expect(fixture.send(kind, id: 1).answers == [.refused(.sessionEnded)])
        }
    }

    @Test("A ping renews the lease, and is refused where there is no session")
    func pings() throws {
        var fixture = Fixture()
        fixture.now += .seconds(299)
        #expect(try fixture.table.ping(Fixture.name, at: fixture.now) == "made")
        fixture.now += .seconds(299)
        #expect(fixture.table.expire(at: fixture.now) == [])
        #expect(throws: Refusal.unknownSession) { try fixture.table.ping("another", at: fixture.now) }
        #expect(throws: Refusal.noSessionNamed) { try fixture.table.ping("", at: fixture.now) }
        _ = fixture.send(.close)
        #expect(throws: Refusal.sessionEnded) { try fixture.table.ping(Fixture.name, at: fixture.now) }
    }

    @Test("A close again: the newest is answered, then the stored reply for its id, and the same numbers for another")
    func closes() {
        var fixture = stepped()
        let closed = Answer.Content.closed(steps: 1, episodes: 1)
        #expect(fixture.send(.close, id: 3) == [.close(fixture.key)])
        #expect(fixture.send(.close, id: 3, from: 7) == [])
        guard case .answer(let answer)? = fixture.closed().first else {
            Issue.record("the close was not answered")
            return
        }
        #expect(answer.content == closed && answer.to == Fixture.address(7))
        #expect(fixture.send(.close, id: 3) == [.resend(Fixture.bytes("\(closed)", 3), to: Fixture.address(1))])
        #expect(fixture.send(.close, id: 8).answers == [closed])
    }

    @Test("A close of a session that is silent for too long, or unknown, finds none")
    func lateCloses() {
        var fixture = Fixture()
        fixture.now += .seconds(301)
        _ = fixture.table.expire(at: fixture.now)
        #expect(fixture.send(.close, id: 1).answers == [.refused(.sessionEnded)])
        let request = SessionRequest(.close, id: 1, digest: Fixture.digest(0), from: Fixture.address(1))
        #expect(
            fixture.perform(fixture.table.request(request, of: "another", at: fixture.now)).answers
                == [.refused(.unknownSession)])
    }

    @Test("A request that ends although it was cancelled is answered as it ended")
    func closedTooLate() {
        var fixture = stepped()
        _ = fixture.send(.step)
        _ = fixture.send(.close)
        #expect(fixture.end(.success(isOver: false)).answers == [.result])
        #expect(fixture.closed().answers == [.closed(steps: 2, episodes: 1)])
    }

    @Test("A stop answers who waits, ends what runs, and what is being made")
    func stop() {
        var fixture = stepped()
        _ = fixture.send(.step)
        let making = fixture.table.make(
            "b", nonce: Data(), digest: Fixture.digest(1), from: Fixture.address(5), at: fixture.now)
        #expect(making == .make(SessionKey(slot: 1), id: "b"))
        let stopped = fixture.table.stop().flatMap { fixture.perform($0) }
        #expect(stopped.answers == [.refused(.stopping), .refused(.stopping)])
        #expect(stopped.contains(.cancel(fixture.key)) && stopped.contains(.cancel(SessionKey(slot: 1))))
        #expect(fixture.end(.cancelled) == [.close(fixture.key)])
        let made = fixture.table.made(SessionKey(slot: 1), true, at: fixture.now)
        #expect(made == .close(SessionKey(slot: 1)))
        #expect(fixture.closed() == [.forget(fixture.key)])
        #expect(fixture.table.closed(SessionKey(slot: 1)) == .forget(SessionKey(slot: 1)))
        #expect(fixture.table.occupied == 0)
    }

    @Test("A session whose step came is found by the bytes of its id, also after another")
    func names() {
        var fixture = Fixture()
        func key(_ name: String) -> SessionKey? {
            Array(name.utf8).withUnsafeBytes { fixture.table.key(ofStepped: $0) }
        }
        #expect(key(Fixture.name) == fixture.key)
        #expect(key(Fixture.name) == fixture.key)
        #expect(key("another") == nil)
        #expect(key("") == nil)
        #expect(key(Fixture.name) == fixture.key)
    }

    @Test("Requests that differ in one byte, wherever it is, or in their length have other digests")
    func digests() {
        let frame = (0..<41).map { UInt8($0) }
        func digest(_ bytes: [UInt8]) -> RequestDigest { bytes.withUnsafeBytes { RequestDigest($0) } }
        #expect(digest(frame) == digest(Array(frame)))
        var digests: Set = [digest(frame), digest(frame.dropLast()), digest(frame + [0]), digest([])]
        for place in frame.indices {
            var other = frame
            other[place] ^= 0x80
            digests.insert(digest(other))
        }
        #expect(digests.count == frame.count + 4)
    }
}
